"""The shared documents of jupyter-collaboration, held in memory while their cells run.

jupyter-collaboration forgets a document a minute after its last page has closed, and what is
written into a forgotten document is lost. A held one stays until its cells have ended.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from pycrdt import Map

ORIGIN = "notebook-execution"
"""The origin of this extension's changes; the server's undo history holds none of them."""
_LOOK_SECONDS = 10.0
_SAVE_SECONDS = 30.0


class Documents:
    """Finds cells in the documents of `extension`, jupyter-collaboration's server extension."""

    def __init__(self, extension: Any) -> None:
        self._extension = extension
        self._held: Counter[str] = Counter()
        self._keeper: asyncio.Task[None] | None = None

    async def notebook(self, document_id: str) -> Any:
        """Return the shared notebook, loaded if it was forgotten.

        Raises `LookupError` if its file is gone.
        """
        try:
            found = await self._extension.get_document(room_id=document_id, copy=False, create=True)
        except Exception as error:
            raise LookupError(f"{document_id} can't be loaded: {error}") from error
        if found is None or not hasattr(found, "ycells"):
            raise LookupError(f"{document_id} is not a notebook")
        return found

    async def cell(self, document_id: str, cell_id: str) -> Map:
        """Return the code cell. Raises `LookupError` if there is none."""
        return cell_of(await self.notebook(document_id), cell_id)

    def hold(self, document_id: str) -> None:
        """Keep the document in memory until `release` has been called as often as `hold`."""
        self._held[document_id] += 1
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep())

    def release(self, document_id: str) -> None:
        """Keep the document no longer; without a page it is forgotten a minute later."""
        self._held[document_id] -= 1
        if self._held[document_id]:
            return
        del self._held[document_id]
        room = self._room(document_id)
        if room is not None and not room.clients:
            if room.cleaner is not None:
                room.cleaner.cancel()
            room.cleaner = asyncio.create_task(self._forget(document_id, room))

    async def _keep(self) -> None:
        """Stop the forgetting of held documents, and save those that change without a pause."""
        saved = asyncio.get_running_loop().time()
        while self._held:
            now = asyncio.get_running_loop().time()
            for document_id in self._held:
                room = self._room(document_id)
                if room is None:
                    continue
                if room.cleaner is not None:
                    room.cleaner.cancel()
                    room.cleaner = None
                if now - saved > _SAVE_SECONDS and _saves_by_itself(room):
                    room._save_to_disc()
            if now - saved > _SAVE_SECONDS:
                saved = now
            await asyncio.sleep(_LOOK_SECONDS)

    async def _forget(self, document_id: str, room: Any) -> None:
        """Forget a document without pages, as jupyter-collaboration does; a new page cancels it."""
        await asyncio.sleep(self._extension.document_cleanup_delay or 0)
        async with self._extension._room_locks[document_id]:
            if room.clients or self._room(document_id) is not room:
                return
            await self._extension.ywebsocket_server.delete_room(room=room)
            file_id = document_id.split(":", 2)[2]
            loaders = self._extension.file_loaders
            if file_id in loaders and not loaders[file_id].number_of_subscriptions:
                await loaders.remove(file_id)

    def _room(self, document_id: str) -> Any:
        return self._extension.ywebsocket_server.rooms.get(document_id)


def cell_of(notebook: Any, cell_id: str) -> Map:
    """Return the notebook's code cell. Raises `LookupError` if there is none."""
    for cell in notebook.ycells:
        if cell.get("id") == cell_id and cell.get("cell_type") == "code":
            return cell
    raise LookupError(f"there is no code cell {cell_id}")


def _saves_by_itself(room: Any) -> bool:
    """Return whether a page wants the document saved without being asked, or there is no page."""
    states = [each for each in room.awareness.states.values() if each]
    return not states or any(each.get("autosave", True) for each in states)
