"""Messages to approvers, requesters and admins stay within Slack's limits at their longest."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from handlers.limits.approval_cards import asked_card, decline_form, outcome_message, question_card
from handlers.limits.limits import limits_answer
from provisioning.admin.limits import LimitsOverview
from provisioning.core.model.limits import Limits, Load, OwnLimits
from provisioning.core.model.people import Member
from provisioning.core.model.request import CreateRequest
from provisioning.limits.approval import Approval, ApprovalStatus
from tests.unit.handlers.block_kit import check_message
from tests.unit.handlers.samples import NOW

REQUEST = CreateRequest(
    Member("U_ANA", "ana"), "windows", "n" * 30, "Standard_NV36ads_A10_v5", "t", "2025"
)
ASKED = Approval(
    "abc123def456",
    REQUEST,
    ("it would be server 4 of at most 3", "<b>"),
    NOW,
    NOW + timedelta(days=3),
    Decimal("3.2"),
    "westeurope",
)


@pytest.mark.parametrize("status", list(ApprovalStatus))
def test_each_status_has_a_card_and_only_an_open_question_has_buttons(status):
    approval = replace(ASKED, status=status, decided_by="U_EVE", decided_at=NOW, reason="r" * 500)
    cards = question_card(approval), asked_card(approval, "<@U_EVE>")
    for card in (*cards, outcome_message(approval)):
        check_message(card)
        assert "<b>" not in str(card)
    for card in cards:
        assert ("'type': 'actions'" in str(card.blocks)) == (status is ApprovalStatus.PENDING)


def test_the_form_of_a_refusal_carries_only_the_id():
    assert decline_form(ASKED)["private_metadata"] == "abc123def456"


@pytest.mark.parametrize("people", [0, 1, 200])
def test_all_limits_fit_into_one_message(people):
    ids = [f"U{number:010}" for number in range(people)]
    overview = LimitsOverview(
        Limits(3, 8, Decimal(100), ("Standard_NV36ads_A10_v5",) * 20, lifetime=timedelta(days=3)),
        Limits(200, 800, Decimal(10_000)),
        {each: OwnLimits(cores=1_000_000, cost=Decimal(1_000_000)) for each in ids[::2]},
        {each: Load(99, 999, Decimal("99999.99"), 9) for each in ids},
    )
    check_message(limits_answer(overview))
