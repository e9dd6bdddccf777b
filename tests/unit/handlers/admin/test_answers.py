"""The audit trail as a message and as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta

from handlers.admin.answers import (
    MOST_EVENTS_SHOWN,
    announcement,
    audit_answer,
    audit_csv,
    quota_answer,
)
from provisioning.admin.administration import Quotas, Trail
from provisioning.core.model.cloud import Quota
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from tests.unit.handlers.block_kit import check_message

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def trail(count, detail="sales"):
    return [
        Event(NOW - timedelta(minutes=n), "U_ANA", "create", f"s{n}", "accepted", detail)
        for n in range(count)
    ]


def test_a_trail_of_ten_thousand_entries_fits_into_one_message():
    message = audit_answer(Trail(trail(MOST_EVENTS_SHOWN, "x" * 300), earlier=10_000))
    check_message(message)
    assert "10,000 earlier" in str(message.blocks)


def test_an_empty_trail_has_an_answer():
    assert "no entries" in audit_answer(Trail([])).text


def test_the_csv_file_begins_with_the_oldest_entry():
    rows = list(csv.reader(io.StringIO(audit_csv(trail(3)).decode())))
    assert rows[0] == ["at", "actor", "action", "server", "result", "detail"]
    assert [row[3] for row in rows[1:]] == ["s2", "s1", "s0"]


def test_a_detail_is_never_a_formula_in_a_spreadsheet():
    rows = list(csv.reader(io.StringIO(audit_csv(trail(1, "=cmd()")).decode())))
    assert rows[1][-1] == "'=cmd()"


def test_quota_and_announcement_fit_into_one_message():
    quotas = [Quota(n, 100, f"Family {n} <&>") for n in range(200)]
    holders = {f"U{n:08}": (n, 2 * n) for n in range(500)}
    check_message(quota_answer([Quotas("westeurope", quotas, holders)]))
    check_message(quota_answer([Quotas("westeurope", [], {})]))
    check_message(announcement(Member("U_EVE"), "x" * 1_900))
