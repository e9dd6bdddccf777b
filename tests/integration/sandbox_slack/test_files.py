"""Files, uploaded by the SDK's own three steps and read back by a person."""

import pytest
from slack_sdk.errors import SlackApiError

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


async def test_a_picture_is_shared_and_read_back_byte_for_byte(client, sandbox, ana, bob):
    await client.files_upload_v2(
        channel="D_ANA", filename="cost.png", content=PICTURE, initial_comment="Costs"
    )
    (seen,) = await ana.sees()
    (file,) = seen["files"]
    assert (seen["text"], file["name"], file["mimetype"]) == ("Costs", "cost.png", "image/png")
    async with sandbox.session.get(f"{sandbox.url}/sandbox/files/{file['id']}") as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", PICTURE)
    assert await bob.sees() == []


async def test_a_web_page_that_was_uploaded_is_a_download_and_never_runs(client, sandbox, ana):
    await client.files_upload_v2(channel="D_ANA", filename="x.html", content=b"<script></script>")
    (file,) = (await ana.sees())[0]["files"]
    async with sandbox.session.get(f"{sandbox.url}/sandbox/files/{file['id']}") as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


async def test_bytes_that_do_not_have_the_announced_length_are_refused(client, sandbox):
    place = await client.files_getUploadURLExternal(filename="a.txt", length=5)
    async with sandbox.session.post(place["upload_url"], data=b"four") as answer:
        assert answer.status == 400


async def test_a_file_without_bytes_is_not_shared(client, ana):
    place = await client.files_getUploadURLExternal(filename="a.txt", length=5)
    with pytest.raises(SlackApiError, match="file_not_found"):
        await client.files_completeUploadExternal(
            files=[{"id": place["file_id"], "title": "a"}], channel_id="D_ANA"
        )
    assert await ana.sees() == []


async def test_a_file_that_nobody_uploaded_is_not_there(sandbox):
    async with sandbox.session.get(f"{sandbox.url}/sandbox/files/F0") as answer:
        assert answer.status == 404
