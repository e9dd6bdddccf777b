"""The use case of an export: a saved notebook as HTML and PDF. No code of it runs."""

import difflib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Protocol

from provisioning.access.machine_access import Reach
from provisioning.access.rights import Right, Rights, ServerRef
from provisioning.core.errors import PermanentError, UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.machine import HomeFiles
from provisioning.core.model.names import shortened
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server, Status, state_word
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import AuditTrail
from provisioning.notebooks.turns import Turns

_NEAREST = 5
_LONGEST_PATH = 500


@dataclass(frozen=True)
class Printed:
    """A PDF; `formulas_left` are in it as typed, and `tables_cut` end at the page's edge."""

    content: bytes = field(repr=False)
    formulas_left: int = 0
    tables_cut: int = 0


class Printer(Protocol):
    """The converter from HTML to PDF."""

    async def pdf(self, document: str) -> Printed:
        """Return the PDF of an HTML page, without the page's own styles, scripts and addresses.

        Raises `PermanentError` if the conversion fails, takes too long or needs too much memory.
        """
        ...


@dataclass(frozen=True)
class Documents:
    """An exported notebook. `name` has no file extension.

    `pdf` is None if the conversion failed; `pdf_failure` is the reason.
    """

    server: Server
    name: str
    html: bytes
    pdf: Printed | None
    pdf_failure: str = ""


@dataclass(frozen=True)
class Exports:
    """Exports from the servers that a member may use."""

    rights: Rights
    host: Host
    reach: Reach
    printer: Printer
    audit: AuditTrail
    clock: Clock
    turns: Turns = field(default_factory=Turns)

    async def notebooks(self, actor: Member, ref: ServerRef) -> tuple[Server, Sequence[str]]:
        """Return the notebooks on a server, the latest first.

        Raises:
            UserError: if the actor may not use the server, or it does not run.
            NotYet, PermanentError: if its machine can't be reached now.
        """
        server = _running(await self.rights.find(actor, ref, Right.EXPORT))
        return server, await self.host.notebooks(self.reach.access(server))

    @asynccontextmanager
    async def files(
        self, actor: Member, ref: ServerRef, path: str = ""
    ) -> AsyncIterator[tuple[Server, HomeFiles]]:
        """Yield the files of a server's home folder, or those below a path, in the member's turn.

        The notebook server need not answer. Raises as `exported` does.
        """
        _running(await self.rights.find(actor, ref, Right.EXPORT))
        async with self.turns.turn(actor.id):
            server = _running(await self.rights.find(actor, ref, Right.EXPORT))
            if len(path) > _LONGEST_PATH or "\0" in path:
                raise UserError(no_such_path(server, path))
            found = await self.host.files(self.reach.access(server), path)
            if found is None:
                raise UserError(no_such_path(server, path))
            event = Event(self.clock.now(), actor.id, "files", server.id, "ok", server.name)
            await self.audit.record(event)
            yield server, found

    @asynccontextmanager
    async def exported(
        self, actor: Member, ref: ServerRef, notebook: str
    ) -> AsyncIterator[Documents]:
        """Yield the saved notebook as documents, in the member's turn.

        The turn lasts until the end of the block, which sends the documents. Raises as `notebooks`
        does, and `UserError` if there is no notebook of that name, if another export of the member
        is under way, or if too many exports wait.
        """
        _running(await self.rights.find(actor, ref, Right.EXPORT))
        async with self.turns.turn(actor.id):
            yield await self._export(actor, ref, notebook)

    async def _export(self, actor: Member, ref: ServerRef, notebook: str) -> Documents:
        server = _running(await self.rights.find(actor, ref, Right.EXPORT))
        if not notebook or len(notebook) > _LONGEST_PATH or "\0" in notebook:
            raise UserError(
                _("`{notebook}` is not the name of a notebook.", notebook=shortened(notebook))
            )
        made = await self.host.export(self.reach.access(server), notebook)
        if made.unknown is not None:
            raise UserError(_unknown(server, notebook, made.unknown))
        event = Event(self.clock.now(), actor.id, "export", server.id, "ok", server.name)
        await self.audit.record(event)
        stem = PurePosixPath(made.path).stem
        try:
            pdf, failure = await self.printer.pdf(made.html), ""
        except PermanentError as error:
            pdf, failure = None, error.reason
        return Documents(server, stem, made.html.encode(), pdf, failure)


def _running(server: Server) -> Server:
    if server.status is not Status.RUNNING or not server.address:
        raise UserError(
            _(
                "Notebooks and files can be read only while `{name}` is running. Its state is: "
                "{state}.",
                name=server.name,
                state=state_word(server.status),
            )
        )
    return server


def no_such_path(server: Server, path: str) -> str:
    """Return the refusal for files that are not there."""
    return _(
        "There is no file or folder `{path}` in the home folder of `{name}`. `files {name}` sends "
        "all of it.",
        path=shortened(path),
        name=server.name,
    )


def _unknown(server: Server, wanted: str, there: Sequence[str]) -> str:
    if not there:
        return _(
            "There is no notebook on `{name}` yet, so there is nothing to export.",
            name=server.name,
        )
    near = difflib.get_close_matches(wanted, there, n=_NEAREST, cutoff=0.4) or there[:_NEAREST]
    listed = ", ".join(f"`{shortened(each)}`" for each in near)
    return _(
        "There is no notebook `{wanted}` on `{name}`. Some that exist: {listed}. `export {name}` "
        "lists them with buttons.",
        wanted=shortened(wanted),
        name=server.name,
        listed=listed,
    )
