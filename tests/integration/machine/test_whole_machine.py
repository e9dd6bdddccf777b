"""A machine of the sandbox, set up by the bot's own SSH adapter: everything but the cloud."""

import base64
import io
import json
import os
import signal
import zipfile
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from provisioning.core.errors import PermanentError
from tests.certificates import SmallAuthority

from .jupyter_server import OWN, Browser
from .whole_machine import UBUNTU, WholeMachine, served_certificate, whole_machine

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machine(tmp_path_factory) -> AsyncIterator[WholeMachine]:
    async with whole_machine(tmp_path_factory.mktemp("w")) as made:
        yield made


async def test_a_kernel_computes_and_the_public_port_serves_the_reported_certificate(machine):
    await machine.host.verify(machine.access)
    await machine.host.check_https(
        machine.access.address,
        int(machine.url.rpartition(":")[2]),
        machine.access.address,
        machine.result.certificate_sha256,
    )


async def test_every_step_is_reported_as_it_happens(machine):
    began = [event.step for event in machine.events if event.state == "start"]
    ended = [event.step for event in machine.events if event.state == "done"]
    assert sorted(began) == sorted(ended) == sorted(machine.result.changed)


async def test_a_second_set_up_changes_nothing(machine):
    again = await machine.host.set_up(
        machine.access, UBUNTU, machine.specification, lambda event: None
    )
    assert again.changed == ()
    assert again.certificate_sha256 == machine.result.certificate_sha256


async def test_the_logs_have_the_set_up_and_the_server_but_no_secret(machine):
    await machine.plant()
    logs = await machine.host.logs(machine.access, UBUNTU, 200)
    assert any("service is done in" in line for line in logs.set_up)
    assert any("Jupyter" in line for line in logs.server)
    token = (machine.root / "etc/notebook/probe-token").read_text()
    assert token not in "\n".join((*logs.set_up, *logs.server))
    assert len((await machine.host.logs(machine.access, UBUNTU, 3)).server) <= 3


async def test_the_planted_password_works_at_the_public_port(machine):
    await machine.plant()
    async with Browser(machine, {}) as browser:
        await browser.enter()
        listed = await (await browser.get("/api/contents")).json()
    names = {entry["name"] for entry in listed["content"]}
    assert {"welcome.ipynb", "sound-spectrum.ipynb", "rich-media.ipynb"} <= names


async def test_the_last_output_of_the_latest_notebook_is_read_with_its_picture(machine):
    assert await machine.host.last_output(machine.access) is None  # samples come without outputs
    picture = b"\x89PNG\r\n\x1a\n" + os.urandom(600_000)
    data = {"image/png": base64.b64encode(picture).decode(), "text/plain": "<Figure>"}
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "loss 0.03\n"},
        {"output_type": "display_data", "data": data, "metadata": {}},
    ]
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "source": "train()",
        "outputs": outputs,
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    await machine.plant()
    async with Browser(machine, {}) as browser:
        await browser.enter()
        body = {"type": "notebook", "format": "json", "content": notebook}
        saved = await browser.request(
            "PUT", "/api/contents/train.ipynb", json=body, headers=browser.xsrf()
        )
        assert saved.status == 201
    found = await machine.host.last_output(machine.access)
    assert (found.notebook, found.text, found.picture) == ("train.ipynb", "loss 0.03", picture)
    assert found.saved_ago < 60


async def test_a_killed_server_is_restarted(machine):
    before = machine.server_pid()
    os.kill(before, signal.SIGKILL)
    await machine.until_https_answers()
    assert machine.server_pid() != before


@pytest.mark.long  # what a start brings back is asserted below, where the machine is held
async def test_the_server_and_its_passwords_survive_a_stop_and_a_start(machine):
    await machine.plant()
    async with Browser(machine, {}) as browser:
        await browser.enter()
    await machine.machines.stop("abc")
    async with Browser(machine, {}) as browser:
        with pytest.raises(aiohttp.ClientConnectorError):
            await browser.get("/api")
    await machine.machines.start("abc")
    await machine.until_https_answers()
    async with Browser(machine, {}) as browser:
        assert (await browser.sign_in(OWN)).status == 302
        assert (await browser.get("/api/kernels")).status == 200


async def test_the_organisations_certificate_is_served_without_ending_the_kernel(machine):
    authority, name = SmallAuthority(), "nb-abc.notebooks.example.com"
    await machine.plant()
    before = machine.server_pid()
    async with Browser(machine, {}, ssl=False) as browser:
        await browser.enter()
        kernel = await browser.start_kernel()
        socket = await browser.socket(f"/api/kernels/{kernel}/channels")
        for _ in range(2):  # the first certificate, and its renewal
            chain, key, sha256 = authority.give("*.notebooks.example.com")
            assert await machine.host.place_certificate(machine.access, chain, key) == sha256
            assert await served_certificate(machine, authority.pem, name) == sha256
            assert await machine.host.verify(machine.access) == sha256
        assert not socket.closed
        await socket.close()
        listed = await (await browser.get("/api/kernels")).json()
        assert [each["id"] for each in listed] == [kernel]
    assert machine.server_pid() == before
    assert (await machine.apply()).tls == "self-signed"


async def test_a_held_machine_admits_no_member_after_a_boot_until_members_are_admitted(machine):
    await machine.plant()
    async with Browser(machine, {}) as ana:
        await ana.enter()
        await machine.host.hold(machine.access, UBUNTU)
        await machine.machines.stop("abc")
        await machine.machines.start("abc")
        await machine.until_https_answers()
        assert (await ana.get("/api/kernels")).status == 403
        async with Browser(machine, {}) as other:
            assert (await other.sign_in(OWN)).status == 503
        await machine.host.wait_until_reachable(machine.access, 60)
        await machine.host.admit(machine.access, UBUNTU, ["U_ANA"], [])
        assert (await ana.get("/api/kernels")).status == 200
    async with Browser(machine, {}) as browser:
        assert (await browser.sign_in(OWN)).status == 302


def notebook_with(*outputs, source="open('run-again', 'w')"):
    title = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# 매출 분석"}
    code = {"cell_type": "code", "id": "b", "metadata": {}, "source": source, "execution_count": 1}
    cells = [title, {**code, "outputs": list(outputs)}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJg"
    "gg=="
)
PICTURE = {"output_type": "display_data", "metadata": {}, "data": {"image/png": PIXEL}}


async def test_a_notebook_is_exported_as_it_was_saved_without_running_it(machine):
    work = machine.root / "home/notebook/work"
    (work / "folder").mkdir(exist_ok=True)
    (work / "folder/report.ipynb").write_text(notebook_with(PICTURE))
    for name in ("folder/report.ipynb", "folder/report", "report"):
        made = await machine.host.export(machine.access, name)
        assert made.path == "folder/report.ipynb"
        assert "매출 분석" in made.html
        assert f"data:image/png;base64,{PIXEL[:40]}" in made.html
    assert "<html" in made.html
    assert not list(work.rglob("run-again"))


async def test_an_unknown_notebook_is_reported_with_the_existing_ones(machine):
    work = machine.root / "home/notebook/work"
    (work / "latest.ipynb").write_text(notebook_with())
    made = await machine.host.export(machine.access, "ghost")
    assert made.unknown[0] == "latest.ipynb"
    assert list(made.unknown) == list(await machine.host.notebooks(machine.access))
    assert len(made.unknown) >= 6, "the samples are there too"


@pytest.mark.parametrize("name", ["../secret.ipynb", "../secret", "link.ipynb", "/{root}/secret"])
async def test_no_notebook_outside_the_work_folder_is_read(machine, name):
    home = machine.root / "home/notebook"
    (home / "secret.ipynb").write_text(notebook_with())
    link = home / "work/link.ipynb"
    if not link.is_symlink():
        link.symlink_to(home / "secret.ipynb")
    made = await machine.host.export(machine.access, name.replace("{root}", str(home)))
    assert made.unknown is not None


async def test_a_broken_notebook_is_reported_in_words_and_can_be_had_as_it_is(machine):
    (machine.root / "home/notebook/work/broken.ipynb").write_text('{"cells": [')
    with pytest.raises(PermanentError, match="ends in the middle") as failed:
        await machine.host.export(machine.access, "broken.ipynb")
    assert failed.value.code == "UnreadableNotebook"
    found = await machine.host.notebook_file(machine.access, "broken")
    assert (found.path, found.content) == ("broken.ipynb", b'{"cells": [')
    assert await machine.host.notebook_file(machine.access, "ghost") is None


async def test_the_files_of_the_home_folder_arrive_as_a_zip_without_a_notebook_server(machine):
    home = machine.root / "home/notebook"
    (home / "work/results").mkdir(exist_ok=True)
    (home / "work/results/값.csv").write_text("a,b")
    found = await machine.host.files(machine.access, "")
    archive = zipfile.ZipFile(io.BytesIO(found.content))
    assert archive.read("work/results/값.csv") == b"a,b"
    assert found.count == len(archive.namelist())
    some = await machine.host.files(machine.access, "results")
    assert zipfile.ZipFile(io.BytesIO(some.content)).namelist() == ["work/results/값.csv"]
    for outside in ("/etc", "../../etc", "nothing"):
        assert await machine.host.files(machine.access, outside) is None


async def test_a_large_document_arrives_complete(machine):
    noise = base64.b64encode(os.urandom(3 * 1024 * 1024)).decode()
    output = {"output_type": "stream", "name": "stdout", "text": noise}
    (machine.root / "home/notebook/work/large.ipynb").write_text(notebook_with(output))
    assert noise in (await machine.host.export(machine.access, "large")).html


async def test_an_update_tries_a_newer_version_and_a_repair_makes_the_kernels_anew(machine):
    update, repair = machine.host.update, machine.host.repair
    assert (await update(machine.access, UBUNTU, despite_work=True)).state == "current"
    (machine.root / "etc/notebook/version").write_text("older")
    done = await update(machine.access, UBUNTU, despite_work=True)
    assert (done.state, done.log) == ("updated", ())
    assert done.jupyterlab
    link = machine.root / "opt/notebook/env"
    before = link.readlink()
    assert (await repair(machine.access, UBUNTU)).log == ()
    assert link.readlink() != before
    await machine.host.verify(machine.access)
    assert (await machine.apply()).changed == ()
