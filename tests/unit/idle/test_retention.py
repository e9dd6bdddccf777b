"""The decision for a stopped server: kept, its owner warned, and deleted."""

from dataclasses import replace

import pytest

from provisioning.idle.history import History, Notice, NoticeKind
from provisioning.idle.rules import Delete, DeleteWithSnapshot, Keep, Warn, decide
from tests.unit.idle.cases import DAY, IDLE, POLICY, SECOND, START, warned


def warning(made_after: int = 27, *, told: bool) -> Notice:
    """Return the warning that was made so many days after the stop."""
    made_at = START + made_after * DAY
    return warned(NoticeKind.RETENTION, made_at + 3 * DAY, made_at, told=told)


@pytest.mark.parametrize(
    ("time", "notice", "expected"),
    [
        (27 * DAY - SECOND, None, Keep("retained", START + 27 * DAY)),
        (27 * DAY, None, Warn("retention", warning(27, told=False))),
        (40 * DAY, None, Warn("retention", warning(40, told=False))),
        (30 * DAY - SECOND, warning(told=True), Keep("warned", START + 30 * DAY)),
        (30 * DAY, warning(told=False), Keep("not told yet")),
        (30 * DAY, warning(told=True), Delete),
    ],
)
def test_a_stopped_server_is_deleted_after_retention_and_days_of_warning(time, notice, expected):
    history = History(started_at=START - DAY, stopped_at=START, notice=notice)
    decision = decide(IDLE, history, POLICY, START + time)
    assert isinstance(decision, Delete) if expected is Delete else decision == expected


def test_the_deletion_keeps_a_snapshot_if_snapshots_are_on():
    policy = replace(POLICY, copies_kept=7 * DAY)
    history = History(started_at=START - DAY, stopped_at=START, notice=warning(told=True))
    now = START + 30 * DAY
    assert isinstance(decide(IDLE, history, policy, now), DeleteWithSnapshot)
    assert isinstance(decide(IDLE, history, POLICY, now), Delete)
