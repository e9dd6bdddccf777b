"""The database and the messages of commit 56e27fd, with work in flight, under today's code.

What was begun then ends now: a creation that a kill ended in the middle of its set-up, a warning
that is posted, a snapshot that is kept. `from_56e27fd/make.py.txt` says how they were made; the
ids of buttons are written out here, since those of posted messages never change.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from .older_bot import running

LEFT = Path(__file__).parent / "from_56e27fd"
DEADLINE = datetime(2026, 11, 28, 10, 15, tzinfo=UTC)


@pytest.fixture
async def older(tmp_path):
    async with running(tmp_path, LEFT) as bot:
        await bot.until_is("phoenix", "running")
        yield bot


async def test_the_creation_goes_on_with_the_step_in_which_it_was_killed(older):
    phoenix = older.of("phoenix", "id")
    await older.until(lambda: any(phoenix in str(each) for each in older.messages("server_open")))
    assert (older.cloud.networks, older.cloud.vm_puts) == ([], 0), "made before the kill"
    assert older.host.rotations == [], "the host key was changed before the kill"
    assert [each["server_name"] for each in older.host.specifications] == ["phoenix"]
    assert older.cloud.resources[phoenix] == {"ip", "nic", "vm", "power"}
    ready = "select count(*) from events where server_id = ? and action = 'ready'"
    assert older.rows(ready, phoenix) == [(1,)]


async def test_its_new_card_replaces_the_one_that_the_older_bot_posted(older):
    where = "select card_channel, card_ts from servers where name = 'phoenix'"
    (former,) = older.rows(where)

    def of_phoenix():
        return [each for each in older.messages() if "phoenix" in each["text"]]

    def is_replaced():
        return "server_open" in str(of_phoenix()) and len(of_phoenix()) == 1

    await older.until(is_replaced)
    (card,) = of_phoenix()
    (place,) = older.rows(where)
    assert (card["channel"], card["ts"]) == place != former


async def test_the_posted_warning_stops_its_server_at_its_deadline_and_not_before(older):
    warning = older.message("server_extend_1h")
    count = len(older.messages())
    older.clock.time = DEADLINE - timedelta(minutes=1)
    await older.sweep()
    assert older.of("sales") == "running"
    assert len(older.messages()) == count, "a deadline has one warning"

    older.clock.time = DEADLINE
    await older.sweep()
    await older.until_is("sales", "stopped")
    assert older.cloud.resources[older.of("sales", "id")] == {"ip", "nic", "vm"}
    await older.until(lambda: older.messages("server_extend_1h") == [])
    await older.until(lambda: older.messages("server_start"))
    assert warning["ts"] in [each["ts"] for each in older.messages()]


@pytest.mark.parametrize(("button", "hours"), [("server_extend_1h", 1), ("server_extend_4h", 4)])
async def test_a_click_on_the_posted_warning_keeps_its_server(older, button, hours):
    warning = older.message(button)
    await older.click(warning, button)
    until = int((older.clock.time + timedelta(hours=hours)).timestamp())
    await older.until(lambda: f"<!date^{until}^" in str(older.messages()))
    older.clock.time = DEADLINE
    await older.sweep()
    assert older.of("sales") == "running"


async def test_the_kept_snapshot_is_restored_by_a_click_on_the_card_of_then(older):
    report = older.of("report", "id")
    assert len(older.cloud.resources[report]) == 1
    await older.click(older.message("server_undo"), "server_undo")
    await older.until_is("report", "running")
    assert older.cloud.resources[report] == {"ip", "nic", "vm", "power"}
    assert older.host.specifications[-1]["server_name"] == "report"
    await older.until(lambda: any(report in str(each) for each in older.messages("server_open")))
