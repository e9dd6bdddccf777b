"""`admin sweep`, `admin orphans` and `admin adopt`."""

from handlers.admin import run_now_answers as upkeep_answers
from handlers.admin.notices import adopted_answer
from handlers.commands.request import Asked
from handlers.kit.blocks import Message
from handlers.kit.context import Context


class UpkeepCommands:
    """A method for each subcommand."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def sweep(self, asked: Asked) -> Message:
        """The scheduled work, now."""
        return upkeep_answers.swept_answer(await self._context.upkeep.run(asked.member))

    async def orphans(self, asked: Asked) -> Message:
        """What nobody has a row of, with buttons."""
        return upkeep_answers.orphans_answer(await self._context.orphans.find(asked.member))

    async def adopt(self, asked: Asked) -> Message:
        """One, by its tag, or all."""
        tag = asked.command.get("tag")
        if tag is not None:
            return adopted_answer(await self._context.orphans.adopt(asked.member, tag.lower()))
        adopted, left = await self._context.orphans.adopt_all(asked.member)
        return upkeep_answers.all_adopted_answer(adopted, left)
