"""Messages about usage, orphans and leavers fit into Slack in both languages, however long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from handlers.admin import handover_cards, leaver_cards
from handlers.admin import run_now_answers as upkeep_answers
from handlers.usage import answers as usage_answers
from handlers.usage import weekly
from handlers.usage.home_view import home_view
from provisioning.admin.handover import Handled
from provisioning.admin.orphans import Orphan
from provisioning.admin.reconcile import Reconciled
from provisioning.admin.run_now import Upkept
from provisioning.core.language import speaking
from provisioning.core.model.cloud import CloudResource
from provisioning.core.model.people import Departure, Member, Standing
from provisioning.idle.sweep import SweepOutcome, Swept
from provisioning.servers.census import Crowd
from provisioning.usage.ledger import Period
from provisioning.usage.measure import Amount, measure
from provisioning.usage.overview import Glance, Overview
from provisioning.usage.reports import Month
from provisioning.usage.weekly import Week
from tests.unit.handlers.block_kit import check_message, check_view
from tests.unit.handlers.samples import RUNNING

BEGIN, HOUR = datetime(2026, 11, 16, tzinfo=UTC), timedelta(hours=1)
BOB = Member("U_BOB", "bob")


def servers(count):
    name = "n" * 36
    return [
        replace(RUNNING, id=f"s{number:011d}", name=f"{name}{number:03d}")
        for number in range(count)
    ]


def usage(count):
    found = servers(count)
    periods = [
        Period(
            each.id,
            f"U_{number:08d}",
            "m",
            Decimal("12.345"),
            True,
            False,
            BEGIN,
            BEGIN + 99 * HOUR,
        )
        for number, each in enumerate(found)
    ]
    names = {each.id: each.name for each in found}
    return measure(periods, [], names, "UTC", BEGIN, BEGIN + 7 * 24 * HOUR)


def orphans(count):
    part = CloudResource("/x", "Microsoft.Compute/virtualMachines", "x", "s1", "U_ANA")
    return [Orphan(f"o{number:011d}", "U_ANA", (part,) * 4) for number in range(count)]


def messages(count):
    found, used, week = servers(count), usage(count), Week(BEGIN.date())
    handled = Handled("U_ANA", tuple(found), tuple(found))
    names = tuple(each.name for each in found)
    swept = Swept(count, dict.fromkeys(SweepOutcome, names) if count else {})
    yield usage_answers.usage_answer(used)
    yield usage_answers.usage_message(used, "All members' usage", by_owner=True)
    yield usage_answers.month_answer(Month(used, Decimal(1), used.total()))
    yield weekly.week_message(week, used)
    yield weekly.week_of_everybody_message(week, used)
    yield handover_cards.admin_transfer_question(RUNNING, BOB)
    if count:  # a member without servers is refused before
        departure = Departure("U_ANA", BEGIN, Standing.OUTSIDE, names, 2)
        yield leaver_cards.leaver_card(departure, found)
        yield leaver_cards.back_card("U_ANA", found)
        yield leaver_cards.access_ended(departure, found, "<@U_EVE>")
        yield leaver_cards.welcome_back(departure, found, "<@U_EVE>")
        yield leaver_cards.given_back_answer("U_ANA", found)
        people = [f"U_{number:08d}" for number in range(count)]
        yield leaver_cards.doubt_card(people)
        yield leaver_cards.confirmed_answer(people)
        yield handover_cards.transfer_all_question("U_ANA", found, BOB)
        yield handover_cards.all_transferred_answer(handled, BOB)
        yield handover_cards.all_stopped_answer(handled)
        yield handover_cards.all_deleted_answer(handled)
    yield upkeep_answers.orphans_answer(orphans(count))
    drift = tuple((each.name, "not shown") for each in found)
    yield upkeep_answers.swept_answer(Upkept(swept, Reconciled(drift, tuple(orphans(count)))))
    yield upkeep_answers.swept_answer(Upkept(swept, None))
    yield upkeep_answers.swept_answer(Upkept(swept, None, "Azure refuses. Give the role."))
    yield upkeep_answers.all_adopted_answer(found, [each.id for each in found])


@pytest.mark.parametrize("language", ["en-US", "ko-KR"])
@pytest.mark.parametrize("count", [0, 1, 200])
def test_slack_accepts_each_message(count, language):
    with speaking(language):
        for message in messages(count):
            check_message(message)
        glances = [Glance(each, month=Amount()) for each in servers(count)]
        check_view(home_view(Overview(glances, usage(count), Crowd({}, 0)), "U_ANA"))
