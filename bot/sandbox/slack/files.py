"""Files by Slack's second upload flow: ask for an address, send the bytes there, complete.

A file is two files in the folder: `<id>` holds its bytes, `<id>.json` its description.
"""

import json
import mimetypes
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.blocks import checked_blocks
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.web_api import Arguments, Method, required

LARGEST = 64 * 1024 * 1024
"""The largest file in bytes; Slack itself takes 1 GB."""
MOST_PENDING = 1000


@dataclass
class _Upload:
    name: str
    length: int
    received: bool = False


class Files:
    """Uploads in progress, and completed files."""

    def __init__(self, folder: Path, workspace: Workspace) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._workspace = workspace
        self._pending: dict[str, _Upload] = {}
        self._known: dict[str, dict[str, Any]] = {
            path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in folder.glob("F*.json")
        }

    def methods(self) -> dict[str, Method]:
        """Return the methods by name."""
        return {
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._complete,
        }

    def known(self, file_id: str) -> dict[str, Any] | None:
        """Return the file object of a completed upload; None for an unknown file."""
        return self._known.get(file_id)

    async def receive(self, request: web.Request) -> web.Response:
        """Receive the bytes at the address of an upload, raw or as the first part of a form."""
        file_id = request.match_info["file_id"]
        upload = self._pending.get(file_id)
        if upload is None:
            return web.Response(status=404, text="file_not_found")
        if request.content_type == "multipart/form-data":
            parts = (await request.post()).values()
            files = [part.file.read() for part in parts if isinstance(part, web.FileField)]
            data = files[0] if files else b""
        else:
            data = await request.read()
        if len(data) != upload.length:
            return web.Response(status=400, text="length does not match")
        (self._folder / file_id).write_bytes(data)
        upload.received = True
        return web.Response(text=f"OK - {len(data)}")

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Return a file's bytes.

        Only images are shown in place: a file of an app runs no script in the page.
        """
        file = self._known.get(request.match_info["file_id"])
        if file is None:
            return web.json_response({"error": "no_such_file"}, status=404)
        is_image = file["mimetype"] in ("image/png", "image/jpeg", "image/gif", "image/webp")
        headers = {
            "Content-Type": file["mimetype"] if is_image else "application/octet-stream",
            "Content-Disposition": "inline" if is_image else "attachment",
            "X-Content-Type-Options": "nosniff",
        }
        return web.FileResponse(self._folder / file["id"], headers=headers)

    def _upload_url(self, request: web.Request, arguments: Arguments) -> dict[str, Any]:
        name = str(required(arguments, "filename"))
        try:
            length = int(required(arguments, "length"))
        except ValueError:
            raise ApiError("invalid_arguments", ["[ERROR] length must be a number"]) from None
        if not 0 < length <= LARGEST:
            raise ApiError("invalid_arguments", [f"[ERROR] length must be 1 to {LARGEST}"])
        file_id = f"F{secrets.token_hex(5).upper()}"
        if len(self._pending) >= MOST_PENDING:
            self._pending.pop(next(iter(self._pending)))
        self._pending[file_id] = _Upload(name, length)
        return {"file_id": file_id, "upload_url": f"{request.url.origin()}/upload/v1/{file_id}"}

    def _complete(self, request: web.Request, arguments: Arguments) -> dict[str, Any]:
        wanted = required(arguments, "files")
        if not isinstance(wanted, list) or not all(isinstance(each, dict) for each in wanted):
            raise ApiError("invalid_arguments", ["[ERROR] files must be a list of objects"])
        for each in wanted:
            upload = self._pending.get(str(each.get("id")))
            if upload is None or not upload.received:
                raise ApiError("file_not_found")
        channels = self._channels(arguments)
        blocks = checked_blocks(arguments.get("blocks") or [])
        files = [self._keep(request, each) for each in wanted]
        for channel in channels:
            self._workspace.add(
                channel,
                user=people.BOT_USER,
                bot=True,
                text=str(arguments.get("initial_comment") or ""),
                blocks=blocks,
                files=files,
                thread_ts=arguments.get("thread_ts"),
            )
        return {"files": files}

    def _channels(self, arguments: Arguments) -> list[str]:
        """Return the channels that get the files; none if the request names none."""
        named = str(arguments.get("channel_id") or arguments.get("channels") or "")
        channels = [channel for channel in named.split(",") if channel]
        if not all(self._workspace.has_channel(channel) for channel in channels):
            raise ApiError("channel_not_found")
        return channels

    def _keep(self, request: web.Request, wanted: dict[str, Any]) -> dict[str, Any]:
        file_id = str(wanted["id"])
        upload = self._pending.pop(file_id)
        kind = mimetypes.guess_type(upload.name)[0] or "application/octet-stream"
        url = f"{request.url.origin()}/sandbox/files/{file_id}"
        file = {
            "id": file_id,
            "created": int(time.time()),
            "name": upload.name,
            "title": wanted.get("title") or upload.name,
            "mimetype": kind,
            "filetype": Path(upload.name).suffix.lstrip(".") or "binary",
            "user": people.BOT_USER,
            "size": upload.length,
            "mode": "hosted",
            "is_external": False,
            "url_private": url,
            "url_private_download": url,
            "permalink": url,
        }
        (self._folder / f"{file_id}.json").write_text(json.dumps(file), encoding="utf-8")
        self._known[file_id] = file
        return file
