"""The history of shared documents on the disk, which does not grow without end.

A page that was offline needs the history when it comes back. jupyter-collaboration keeps each
change for ever: a progress bar that is drawn ten times a second for a day would fill a disk. Its
own setting `squash_after_inactivity_of` loses the document (pycrdt-store 0.1.5 applies the changes
only where they are compressed).
"""

from __future__ import annotations

import time

from jupyter_server_ydoc.stores import SQLiteYStore

SLACK = 4 * 1024 * 1024
"""Bytes of changes of a document, beyond its own size, before they are made into one change."""
FORGOTTEN_SECONDS = 30 * 24 * 3600
"""Time without a change after which a document's history is deleted; its file stays."""


class BoundedStore(SQLiteYStore):  # type: ignore[misc]
    """Makes a document's changes into one whenever they are larger than the document itself."""

    _size = 0
    _added = -1

    async def write(self, data: bytes) -> None:
        """Store a change."""
        await super().write(data)
        if self._added < 0:
            await self._start()
        self._added += len(data)
        if self._added > max(SLACK, self._size):
            await self._squash()

    async def _start(self) -> None:
        """Count what is stored, and delete the history of documents unused for long."""
        async with self.lock, self._db:
            cursor = await self._db.cursor()
            for table in ("yupdates", "ycheckpoints"):
                await cursor.execute(
                    f"DELETE FROM {table} WHERE path NOT IN (SELECT path FROM yupdates "  # noqa: S608
                    "WHERE timestamp > ?)",
                    (time.time() - FORGOTTEN_SECONDS,),
                )
            await cursor.execute(
                "SELECT COALESCE(SUM(LENGTH(yupdate)), 0) FROM yupdates WHERE path = ?",
                (self.path,),
            )
            self._added = (await cursor.fetchone())[0]

    async def _squash(self) -> None:
        async with self.lock, self._db:
            cursor = await self._db.cursor()
            await self._squash_document_history(cursor, self.path)
            await cursor.execute(
                "SELECT LENGTH(yupdate) FROM yupdates WHERE path = ?", (self.path,)
            )
            self._size, self._added = (await cursor.fetchone())[0], 0
