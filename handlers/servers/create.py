"""Create a server: by command, by form, and again after a failure."""

from collections.abc import Callable
from typing import Any, ClassVar

from handlers.commands.registry import Buttons, Command, Forms, Handlers, command_name
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import (
    AGAIN_BUTTON,
    CREATE_BUTTON,
    OTHER_REGION_BUTTON,
    OTHER_SIZE_BUTTON,
)
from handlers.kit.blocks import (
    Message,
    code,
    codes,
    duration_range,
    escape,
    machine,
    monthly,
    plain,
    price,
)
from handlers.kit.mentions import parse_mention
from handlers.kit.times import parse_duration
from handlers.kit.toolkit import Toolkit
from handlers.servers.creation_by_form import CreationByForm
from handlers.servers.creation_form import CREATION_FORM, PLATFORM, REGION, CreationDraft
from provisioning.access.rights import Rights, ServerId
from provisioning.core.language import N_, _
from provisioning.core.model.people import Member
from provisioning.core.model.request import CreateRequest
from provisioning.core.model.server import Status, state_word
from provisioning.limits.approval import Approval
from provisioning.notebooks.requirements import split_list
from provisioning.platforms.catalogue import PLATFORMS
from provisioning.servers.choices import read_disk
from provisioning.servers.create import Creation, Creations


class CreateCommands(Handlers):
    """The command `create`, its form and its buttons.

    `ask` asks the approvers about a request beyond a limit, and returns the member's answer.
    """

    def __init__(
        self,
        creations: Creations,
        rights: Rights,
        ask: Callable[[Approval], Message],
        kit: Toolkit,
    ) -> None:
        self._creations = creations
        self._rights = rights
        self._ask = ask
        self._kit = kit
        self._form = CreationByForm(creations, self._begin, kit)

    async def create(self, request: CommandRequest) -> Message:
        """Create a server; without a platform, open the form."""
        words = request.command
        if words.get("platform") is None:
            draft = CreationDraft(
                size=words.get("size") or "",
                release=words.get("release") or "",
                region=words.get("region") or "",
                disk=words.get("disk") or "",
            )
            await self._form.open(request.key, request.member, draft)
            return form_answer()
        wanted = CreateRequest(
            actor=request.member,
            platform=words.arguments["platform"],
            name=words.get("name"),
            size=words.get("size"),
            request_key=request.key,
            release=words.get("release"),
            region=words.get("region"),
            keep=parse_duration(words.arguments["keep"]) if words.get("keep") else None,
            packages=tuple(split_list(words.get("packages") or "")),
            repository=words.get("repo") or "",
            gpu=words.get("gpu") is not None,
            disk_gb=read_disk(words.arguments["disk"]) if words.get("disk") else None,
            shares=await self._people(words.get("share")),
        )
        return await self._begin(wanted)

    async def create_clicked(self, member: Member, _value: str, trigger: str) -> None:
        """Open the form."""
        await self._form.open(trigger, member, CreationDraft())

    async def again_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Create a failed server again."""
        return self._answer(await self._creations.create_again(member, ServerId(server_id)))

    async def other_region_clicked(self, member: Member, value: str, _trigger: str) -> Message:
        """Create a failed server in another region. `value`: "server/region"."""
        server_id, _slash, region = value.partition("/")
        ref = ServerId(server_id)
        return self._answer(await self._creations.create_again(member, ref, region))

    async def other_size_clicked(self, member: Member, server_id: str, trigger: str) -> None:
        """Open the form for a failed server, so that another size can be chosen."""
        failed = await self._rights.find(member, ServerId(server_id))
        draft = CreationDraft(
            failed.platform, failed.release, name=failed.name, region=failed.region
        )
        await self._form.open(trigger, member, draft)

    async def choice_changed(self, ack: Any, body: dict[str, Any]) -> None:
        """Draw the form again for another platform or region."""
        await self._form.choose(ack, body)

    async def submitted(self, ack: Any, body: dict[str, Any]) -> None:
        """Create the server that the form describes."""
        await self._form.submit(ack, body)

    async def _begin(self, request: CreateRequest) -> Message:
        return self._answer(await self._creations.create(request))

    def _answer(self, outcome: Creation | Approval) -> Message:
        return creation_answer(outcome) if isinstance(outcome, Creation) else self._ask(outcome)

    async def _people(self, word: str | None) -> tuple[Member, ...]:
        """Return the members named by `--share`, with commas between them."""
        mentions = [parse_mention(each) for each in (word or "").split(",") if each]
        return tuple([await self._kit.people.find(each) for each in mentions])

    COMMANDS = (
        Command(
            "create",
            "[platform] [name] [--size SIZE] [--region REGION] [--release RELEASE] [--keep TIME] "
            "[--repo URL] [--packages LIST] [--share @person] [--gpu] [--disk GB]",
            N_(
                "Create a notebook server; without a platform, a form asks for everything. You "
                "get the server's address and a one-time password by DM."
            ),
            create,
            optional=("platform", "name"),
            options=("size", "region", "release", "keep", "repo", "packages", "share", "disk"),
            flags=("gpu",),
            aliases=("new",),
            example="create ubuntu sales --size Standard_B2ms",
        ),
    )
    BUTTONS: ClassVar[Buttons] = {
        CREATE_BUTTON: create_clicked,
        AGAIN_BUTTON: again_clicked,
        OTHER_SIZE_BUTTON: other_size_clicked,
        OTHER_REGION_BUTTON: other_region_clicked,
    }
    FORMS: ClassVar[Forms] = {CREATION_FORM: submitted}
    FIELDS: ClassVar[Forms] = {
        f"form_{PLATFORM}": choice_changed,
        f"form_{REGION}": choice_changed,
    }


def creation_answer(creation: Creation) -> Message:
    """Return what the bot has understood: platform, size, region, price and expected time.

    A repeated request gets the present state of its server.
    """
    server, size = creation.server, creation.size
    if not creation.is_new and server.status is not Status.CREATING:
        return plain(
            _(
                "You have asked for that already, so nothing was done: {name} is {state}. "
                "{command} shows more.",
                name=code(server.name),
                state=state_word(server.status),
                command=code(f"{command_name()} status {server.name}"),
            )
        )
    what = {
        "name": code(server.name),
        "platform": creation.platform.title_of(server.release),
        "size": code(size.name) + (f" ({machine(size)})" if size.cores else ""),
        "region": escape(server.region),
        "price": price(server.price_per_hour),
        "disk": f"{server.disk_gb} GB ({monthly(server.disk_price)})",
        "time": duration_range(*creation.expected_seconds),
    }
    if creation.is_new:
        text = _(
            "I'm creating {name}: {platform} on {size} in {region}, {price}, with a disk of "
            "{disk}. That usually takes {time}. I'll send you a DM with the "
            "progress, and at the end the address and a one-time password.",
            **what,
        )
    else:
        text = _(
            "I'm already creating {name}: {platform} on {size} in {region}, {price}, with a "
            "disk of {disk}. That usually takes {time}. I'll send you a DM with "
            "the progress, and at the end the address and a one-time password.",
            **what,
        )
    return plain(" ".join((text, *_about_release(creation))))


def _about_release(creation: Creation) -> list[str]:
    """Return the warnings about the release: no security updates, a licence that costs."""
    platform, server = creation.platform, creation.server
    release, said = platform.release(server.release), []
    if release.has_ended(server.created_at.date()):
        said.append(
            _(
                ":warning: {release} has had no security updates since {date}. Choose a newer "
                "release with {option} if there is one.",
                release=escape(platform.title_of(server.release)),
                date=release.supported_until.isoformat(),
                option=code("--release"),
            )
        )
    if release.licensed:
        said.append(
            _(
                ":moneybag: Azure bills the licence of {release} on top, which the price above "
                "does not include.",
                release=escape(platform.title_of(server.release)),
            )
        )
    return said


def form_answer() -> Message:
    """Return the answer to `create` without a platform: the form is open, or type a platform."""
    return plain(
        _(
            "A new server needs a platform ({known}): choose one in the form that has opened, or "
            "type it, as in {example}.",
            known=codes(PLATFORMS),
            example=code(f"{command_name()} create ubuntu"),
        )
    )
