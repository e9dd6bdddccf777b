"""The history of a shared document on the disk, with the server's own packages."""

import json
import subprocess
import textwrap

import pytest

from .jupyter_server import MACHINE

CODE = """
import asyncio, json, logging, os, sqlite3, sys, time
sys.path.insert(0, {library!r})
from traitlets.config import Config
from pycrdt import Array, Doc, Map, Text
from notebook_execution import store
from notebook_execution.store import BoundedStore

store.SLACK = 20_000
config = Config({{"SQLiteYStore": {{"db_path": {path!r}}}}})

async def draw(name, times):
    doc = Doc()
    outputs = doc.get("outputs", type=Array)
    kept = BoundedStore(path=name, log=logging.getLogger(), config=config)
    updates = []
    doc.observe(lambda event: updates.append(event.update))
    async with kept:
        for number in range(times):
            with doc.transaction():
                if len(outputs):
                    del outputs[:]
                outputs.append(Map({{"text": f"progress {{number}} " * 20}}))
            while updates:
                await kept.write(updates.pop(0))
        again = Doc()
        await kept.apply_updates(again)
    return again.get("outputs", type=Array).to_py() == outputs.to_py()

async def main():
    same = await draw("bar", {times})
    size = os.path.getsize({path!r})
    with sqlite3.connect({path!r}) as db:
        rows = db.execute("SELECT COUNT(*) FROM yupdates").fetchone()[0]
        db.execute("UPDATE yupdates SET timestamp = timestamp - 40 * 24 * 3600")
    await draw("other", 1)
    with sqlite3.connect({path!r}) as db:
        left = [each[0] for each in db.execute("SELECT DISTINCT path FROM yupdates")]
    print(json.dumps({{"same": same, "size": size, "rows": rows, "left": left}}))

    sys.stdout.flush()
    os._exit(0)  # the database's threads have no end

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def history(environments, tmp_path_factory):
    path = tmp_path_factory.mktemp("history") / "documents.db"
    code = CODE.format(library=str(MACHINE), path=str(path), times=500)
    done = subprocess.run(
        [environments.server_python, "-I", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.long
def test_a_progress_bar_of_hours_takes_a_bounded_place_and_is_still_whole(history):
    assert history["same"]
    assert history["rows"] < 100
    assert history["size"] < 200_000


@pytest.mark.long
def test_a_document_unused_for_a_month_loses_its_history(history):
    assert history["left"] == ["other"]
