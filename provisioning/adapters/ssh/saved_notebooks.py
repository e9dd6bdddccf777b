"""What the machine program answers about saved notebooks.

The machine names the kind of a failure in one word. The texts for people are here, so that they
exist in each language and no program's own words reach a member.
"""

import base64
import json
import logging
from typing import Any

from provisioning.adapters.ssh.program import Pieces
from provisioning.adapters.ssh.reading import understanding, words_of
from provisioning.core.errors import PermanentError
from provisioning.core.language import N_
from provisioning.core.model.machine import ExportedNotebook, HomeFiles, NotebookFile

_CODE = "UnreadableNotebook"
"""The code of an error for a notebook that is there, but can't be made into a page."""
_OTHER = "not-drawn"
_REASONS = {
    "empty": N_(
        "The notebook's file is empty, so there is nothing to export. If it had content, its last "
        "checkpoint is in the hidden folder `.ipynb_checkpoints` beside it, which a terminal shows."
    ),
    "cut-off": N_(
        "The notebook's file ends in the middle, as after a crash or on a full disk. Its last "
        "checkpoint is in the hidden folder `.ipynb_checkpoints` beside it, which a terminal shows."
    ),
    "conflict": N_(
        "Git has left a conflict in the notebook: its file has lines that begin with `<<<<<<<`. "
        "Resolve the conflict in a terminal or a text editor, and export the notebook again."
    ),
    "encoding": N_(
        "The notebook's file is not stored as UTF-8, as a notebook has to be. Save it as UTF-8 in "
        "the program that wrote it, and export it again."
    ),
    "not-a-notebook": N_(
        "The file's name ends like a notebook's, but its content is none. JupyterLab shows it with "
        "*Open With*, *Editor*."
    ),
    "too-large": N_(
        "The notebook is larger than 32 MiB, so it can't be exported. Clear outputs that are very "
        "large, save it, and export it again."
    ),
    "page-too-large": N_(
        "As HTML the notebook is larger than 64 MiB, so it can't be sent. Clear outputs that are "
        "very large, save it, and export it again."
    ),
    _OTHER: N_(
        "The notebook can't be made into a page; it is unchanged. If the server's memory is full, "
        "shut down kernels that you don't need, and export it again. If that does not help, tell "
        "an admin: the bot's log has the details."
    ),
}
SavedAnswer = tuple[dict[str, Any], Pieces]
"""The last event of the machine's program, and what came in pieces before it."""
_log = logging.getLogger(__name__)


def exported_notebook(done: dict[str, Any], pieces: Pieces) -> ExportedNotebook:
    """Return the page, or the existing notebooks for an unknown one.

    Raises `PermanentError`: with "UnreadableNotebook" for one that can't be made into a
    page.
    """
    with understanding():
        if done["unknown"] is not None:
            return ExportedNotebook(unknown=tuple(map(str, done["unknown"])))
        made = _content(done, pieces)
        return ExportedNotebook(str(made["path"]), _sendable(str(made["html"])))


def notebook_file(done: dict[str, Any], pieces: Pieces) -> NotebookFile | None:
    """Return the file as it is, None for an unknown notebook. Raises as `exported_notebook`."""
    with understanding():
        if done["unknown"] is not None:
            return None
        made = _content(done, pieces)
        return NotebookFile(str(made["path"]), base64.b64decode(made["file"]))


def home_files(pieces: Pieces) -> HomeFiles | None:
    """Return the ZIP of files, None for an unknown path."""
    with understanding():
        made = json.loads(pieces.content())
        if made.get("unknown"):
            return None
        return HomeFiles(
            base64.b64decode(made["zip"]),
            int(made["count"]),
            tuple((_sendable(str(name)), int(size)) for name, size in made["left_out"]),
            int(made["more"]),
        )


def files_too_slow() -> PermanentError:
    """Return the error for files that take longer than they may."""
    return PermanentError(
        N_(
            "The files took longer than two minutes to pack. Ask for one folder or file, as in "
            "`files {example}`.",
            example="<name> notebooks",
        ),
        "FilesTooSlow",
    )


def export_too_slow() -> PermanentError:
    """Return the error for a notebook that takes longer than it may."""
    return PermanentError(
        N_(
            "The notebook took longer than two minutes to convert. Clear outputs that are very "
            "large, save it, and try again."
        ),
        "ExportTooSlow",
    )


def _content(done: dict[str, Any], pieces: Pieces) -> dict[str, Any]:
    kind = done.get("unreadable")
    if kind:
        _log.info("a notebook is not readable: %s %s", words_of(kind), words_of(done.get("detail")))
        raise PermanentError(_REASONS.get(str(kind), _REASONS[_OTHER]), _CODE)
    made: dict[str, Any] = json.loads(pieces.content())
    return made


def _sendable(text: str) -> str:
    """Return text without half characters, which a machine in an attacker's hands could send."""
    return text.encode(errors="replace").decode()
