"""The audit trail as periods, with every way in which a server starts and ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from provisioning.core.model.server import Status
from provisioning.usage.ledger import Change, periods

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CHEAP, DEAR = Decimal("0.05"), Decimal("0.20")


def at(hours, action, status, actor="U_ANA", owner="U_ANA", price=CHEAP, size="small"):
    """Return a change so many hours after the beginning."""
    moment = BEGIN + timedelta(hours=hours)
    return Change("s1", moment, actor, action, status, owner, size, price)


def told(changes):
    """(on, from, to) in hours after the beginning."""

    def hours(moment):
        return None if moment is None else (moment - BEGIN) / timedelta(hours=1)

    return [(each.is_on, hours(each.started_at), hours(each.ended_at)) for each in periods(changes)]


CREATED = at(0, "create", Status.CREATING)
READY = at(1, "ready", Status.RUNNING, "engine")
STOP, STOPPED = at(4, "stop", Status.STOPPING), at(5, "stopped", Status.STOPPED, "engine")


def test_a_server_costs_from_its_request_until_its_hardware_is_released():
    start, running = at(8, "start", Status.STARTING), at(9, "running", Status.RUNNING, "engine")
    assert told([CREATED, READY, STOP, STOPPED, start, running]) == [
        (True, 0, 5),
        (False, 5, 8),
        (True, 8, None),
    ]


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ([at(2, "failed", Status.FAILED)], [(True, 0, 2)]),
        (
            [READY, at(3, "delete", Status.DELETING), at(4, "deleted", Status.DELETED)],
            [(True, 0, 4)],
        ),
        (
            [
                READY,
                STOP,
                STOPPED,
                at(6, "delete", Status.DELETING),
                at(7, "deleted", Status.DELETED),
            ],
            [(True, 0, 5), (False, 5, 7)],
        ),
        # A stop that Azure refuses leaves it on, and a start that fails leaves it off.
        ([READY, STOP, at(5, "failed", Status.RUNNING)], [(True, 0, None)]),
        (
            [
                READY,
                STOP,
                STOPPED,
                at(6, "start", Status.STARTING),
                at(7, "failed", Status.STOPPED),
            ],
            [(True, 0, 5), (False, 5, 6), (True, 6, 7), (False, 7, None)],
        ),
        # An adopted or restored server begins a new period.
        (
            [READY, at(3, "deleted", Status.DELETED), at(6, "adopt", Status.STOPPED)],
            [(True, 0, 3), (False, 6, None)],
        ),
    ],
)
def test_each_kind_of_end_ends_a_period(ending, expected):
    assert told([CREATED, *ending]) == expected


def test_a_new_price_begins_a_new_period_at_that_price():
    bigger = at(7, "resize", Status.STOPPED, price=DEAR, size="big")
    start = at(8, "start", Status.STARTING, price=DEAR, size="big")
    found = periods([CREATED, READY, STOP, STOPPED, bigger, start])
    assert [(each.is_on, each.size, each.price_per_hour) for each in found] == [
        (True, "small", CHEAP),
        (False, "small", CHEAP),
        (False, "big", DEAR),
        (True, "big", DEAR),
    ]


def test_a_new_owner_pays_from_the_transfer_on():
    found = periods([CREATED, READY, at(3, "transfer", Status.RUNNING, owner="U_BOB")])
    assert [(each.owner, each.ended_at) for each in found] == [
        ("U_ANA", BEGIN + timedelta(hours=3)),
        ("U_BOB", None),
    ]


def test_only_a_stop_of_the_cleanup_saves():
    swept = at(4, "stop", Status.STOPPING, "cleanup")
    start = at(8, "start", Status.STARTING)
    by_hand = [at(9, "stop", Status.STOPPING), at(10, "stopped", Status.STOPPED, "engine")]
    found = periods([CREATED, READY, swept, STOPPED, start, *by_hand])
    assert [each.by_cleanup for each in found] == [False, True, False, False]


def test_events_without_a_change_and_of_other_servers_end_no_period():
    other = replace(STOPPED, server_id="s2")
    begun = replace(CREATED, server_id="s2")
    password = at(2, "password", None)
    assert told([begun, CREATED, READY, password, other])[0] == (True, 0, None)


def test_events_of_older_versions_are_read_by_their_actions():
    old = [replace(each, status=None) for each in (CREATED, READY, STOP, STOPPED)]
    again = [at(8, "start", None), at(9, "failed", None)]
    assert told([*old, *again]) == [(True, 0, 5), (False, 5, 8), (True, 8, 9)]
