"""uv, fetched by the real pip from an index on loopback."""

import asyncio
import os

import pytest

from provisioning.adapters.ssh.uv_wheel import WINDOWS, UvWheel
from provisioning.core.errors import PermanentError

from .package_index import a_wheel, lock_of, package_index

WHEEL = a_wheel(b"the program")


@pytest.fixture
async def index(monkeypatch):
    """Set pip to this index only."""
    async with package_index(WHEEL) as running:
        for name in [each for each in os.environ if each.startswith("PIP_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
        monkeypatch.setenv("PIP_RETRIES", "0")
        monkeypatch.setenv("PIP_INDEX_URL", running.url)
        yield running


@pytest.fixture
def lock(tmp_path):
    file = tmp_path / "uv.lock.txt"
    file.write_text(lock_of(WHEEL))
    return file


def kept(folder):
    return sorted(path.name for path in folder.iterdir())


async def test_simultaneous_callers_share_one_download(index, lock, tmp_path):
    uv = UvWheel(lock, tmp_path / "cache", WINDOWS)
    files = await asyncio.gather(*(uv.file() for _ in range(20)))
    assert {file.read_bytes() for file in files} == {WHEEL}
    assert len(index.given) == 1
    assert kept(tmp_path / "cache") == [uv.path.name]


async def test_the_next_start_of_the_bot_finds_the_wheel_without_an_index(index, lock, tmp_path):
    await UvWheel(lock, tmp_path / "cache", WINDOWS).file()
    index.given.clear()
    assert (await UvWheel(lock, tmp_path / "cache", WINDOWS).file()).read_bytes() == WHEEL
    assert index.given == []


async def test_a_damaged_wheel_is_fetched_again(index, lock, tmp_path):
    uv = UvWheel(lock, tmp_path / "cache", WINDOWS)
    (await uv.file()).write_bytes(WHEEL[:100])
    assert (await uv.file()).read_bytes() == WHEEL
    assert len(index.given) == 2


async def test_another_lock_is_another_wheel(index, lock, tmp_path):
    await UvWheel(lock, tmp_path / "cache", WINDOWS).file()
    index.wheel = a_wheel(b"the next version's program")
    lock.write_text(lock_of(index.wheel))
    assert (await UvWheel(lock, tmp_path / "cache", WINDOWS).file()).read_bytes() == index.wheel


async def test_a_wheel_with_another_hash_is_refused_and_not_stored(index, lock, tmp_path):
    index.wheel = a_wheel(b"another program")
    with pytest.raises(PermanentError, match=r"another installer .* Tell an admin") as refused:
        await UvWheel(lock, tmp_path / "cache", WINDOWS).file()
    assert refused.value.code == "NoInstaller"
    assert kept(tmp_path / "cache") == []


async def test_a_missing_index_is_explained_with_what_to_do(
    index, lock, tmp_path, monkeypatch, caplog
):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # no index answers there
    uv = UvWheel(lock, tmp_path / "cache", WINDOWS)
    with pytest.raises(PermanentError, match=r"could not fetch .* Try again later"):
        await uv.file()
    assert "No matching distribution found for uv==1.2.3" in caplog.text
    assert kept(tmp_path / "cache") == []
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    assert (await uv.file()).read_bytes() == WHEEL


async def test_a_read_only_folder_refers_to_an_admin(index, lock, tmp_path, caplog):
    (tmp_path / "cache").write_text("a file, and no folder")
    with pytest.raises(PermanentError, match="NOTEBOOK_BOT_CACHE_DIR"):
        await UvWheel(lock, tmp_path / "cache", WINDOWS).file()
    assert "could not be stored" in caplog.text


async def test_a_cancelled_caller_leaves_the_download_to_the_others(index, lock, tmp_path):
    uv = UvWheel(lock, tmp_path / "cache", WINDOWS)
    first, second = asyncio.create_task(uv.file()), asyncio.create_task(uv.file())
    while not list(tmp_path.glob("cache/fetching-*")):
        await asyncio.sleep(0.01)
    first.cancel()
    assert (await second).read_bytes() == WHEEL
    assert first.cancelled()
    assert kept(tmp_path / "cache") == [uv.path.name]
