"""The same checks each day inside the bot: what turned bad is told to the admins once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.doctor.diagnosis import Diagnosis, Examination, Grade, examine
from bot.doctor.surroundings import Surroundings
from provisioning.admin.troubles import Troubles
from provisioning.core.language import N_

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DailyCheck:
    """The checks of a running bot. What follows from the settings alone is no news."""

    checks: Mapping[str, Examination]
    surroundings: Surroundings
    troubles: Troubles

    async def tick(self, _scheduled_at: datetime) -> None:
        """Run all checks; begin the trouble of each bad one, and end those that are over."""
        found = await examine(self.checks, self.surroundings)
        for check in self.checks:
            await self._tell(check, [each for each in found if each.check == check])

    async def _tell(self, check: str, found: Sequence[Diagnosis]) -> None:
        bad = [each for each in found if each.grade is not Grade.OK and not each.is_choice]
        for each in bad:
            log.warning("daily check", check=check, grade=each.grade.value, said=each.text)
        if not bad:
            over = N_("My daily check `{check}` is well again.", check=check)
            await self.troubles.end(f"doctor:{check}", over)
            return
        lines = "\n".join(f"• {each.text} {each.remedy}".rstrip() for each in bad)
        text = N_(
            "My daily check `{check}` found:\n{lines}\nI look again each day, and send one more "
            "message when it is over. `notebook-bot doctor` looks at once.",
            check=check,
            lines=lines,
        )
        await self.troubles.begin(f"doctor:{check}", text)
