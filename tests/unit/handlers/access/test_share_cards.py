"""Messages about sharing stay within Slack's limits and escape members' names."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.access import share_cards
from handlers.notebooks.logs import logs_answer
from handlers.notebooks.packages import packages_answer, packages_progress_card
from handlers.servers import listing
from handlers.servers.shares import MOST_SHARES_SHOWN
from provisioning.core.model.machine import MachineLogs
from provisioning.core.model.people import Member, Share
from provisioning.core.model.server import Status
from tests.unit.handlers.block_kit import check_message
from tests.unit.handlers.samples import DELETED, NOW, RUNNING

LONGEST = replace(RUNNING, name="a" * 30)
BOB = Member("U_BOB", "<bob> & *co*" * 10)


def a_share(number: int = 1) -> Share:
    return Share(RUNNING.id, f"U_{number}", BOB.name, NOW)


@pytest.mark.parametrize("number", [0, 1, 20, 21, 200])
@pytest.mark.parametrize("viewer", ["U_ANA", "U_1"])
def test_a_status_shows_some_of_many_shares(number, viewer):
    shares = [a_share(each) for each in range(number)]
    message = listing.status_answer(LONGEST, shares, viewer)
    check_message(message)
    assert ("more" in str(message.blocks)) == (number > MOST_SHARES_SHOWN)


@pytest.mark.parametrize("status", list(Status))
def test_questions_and_answers_stay_within_slacks_limits(status):
    server = replace(LONGEST, status=status)
    for message in (
        share_cards.share_question(server),
        share_cards.shared_answer(server, BOB),
        share_cards.unshared_answer(server, BOB),
        share_cards.transfer_question(server, BOB),
        share_cards.transferred_answer(server, BOB),
        share_cards.shared_card(server, a_share(), "k7mqz-aaaaa", NOW + timedelta(hours=24)),
        share_cards.older_invitation_card(server),
        share_cards.ended_card(server, a_share()),
        packages_answer(replace(server, packages=("polars>=1.0", "toolz"))),
        packages_progress_card(server, None),
        packages_progress_card(server, ""),
        packages_progress_card(server, "<&>" * 3000),
        logs_answer(server, MachineLogs(("<&>" * 100,) * 40, ("x" * 300,) * 40)),
    ):
        check_message(message)


def test_an_invitation_explains_sharing_and_escapes_the_guests_name():
    ends = NOW + timedelta(hours=24)
    card = share_cards.shared_card(RUNNING, a_share(), "k7mqz-aaaaa-bbbbb-ccccc", ends)
    assert share_cards.WHAT_IS_SHARED in str(card.blocks)
    assert "<bob>" not in str(card.blocks)
    assert "`k7mqz-aaaaa-bbbbb-ccccc`" in card.text


def test_a_former_guest_reads_why_access_ended():
    share = a_share()
    assert "was deleted" in share_cards.ended_card(DELETED, share).text
    assert "no longer have access" in share_cards.ended_card(RUNNING, share).text
    given = replace(RUNNING, owner=share.member)
    assert "is yours now" in share_cards.ended_card(given, share).text
