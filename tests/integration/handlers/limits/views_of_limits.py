"""Messages about limits and about requests beyond them, with the longest names."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from handlers.kit.blocks import Message
from handlers.limits import approval_cards
from handlers.limits.limits import limits_answer, member_answer
from provisioning.admin.limits import LimitsOverview
from provisioning.core.language import N_
from provisioning.core.model.limits import Limits, Load, OwnLimits
from provisioning.limits.approval import Approval, ApprovalStatus
from provisioning.limits.approvals import LONGEST_REASON
from provisioning.servers.create import CreateRequest
from tests.integration.handlers.longest import LONG, NOW, OWNER, PERSON, SERVER

MOST = 1_000_000
REASON = N_("{name} is too much", name=LONG)
APPROVAL = Approval(
    id="a23456789012",
    request=CreateRequest(PERSON, "opensuse", SERVER.name, SERVER.size, "key", "15.6"),
    reasons=(REASON,) * 4,
    asked_at=NOW,
    expires_at=NOW,
    price_per_hour=SERVER.price_per_hour,
    region=SERVER.region,
    decided_by=OWNER,
    decided_at=NOW,
    reason="<" * LONGEST_REASON,
)


def messages(number: int) -> Iterator[Message]:
    """Yield all messages, for `number` members."""
    approvers = ", ".join([f"<@{OWNER}>"] * 5)
    for status in ApprovalStatus:
        approval = replace(APPROVAL, status=status)
        yield approval_cards.question_card(approval)
        yield approval_cards.asked_card(approval, approvers)
        yield approval_cards.outcome_message(approval)
        yield approval_cards.decided_answer(approval)
    for overview in (_overview(number, timedelta(hours=12)), _overview(number, timedelta(0))):
        yield limits_answer(overview)
        yield member_answer(overview, OWNER)


def modals() -> Iterator[dict[str, object]]:
    """Yield the forms."""
    yield approval_cards.decline_form(APPROVAL)


def _overview(number: int, lifetime: timedelta) -> LimitsOverview:
    names = (SERVER.size,) * 10
    limits = Limits(MOST, MOST, Decimal(MOST), names, (SERVER.region,) * 10, lifetime)
    people = [f"U{n:020}" for n in range(number)]
    own = OwnLimits(MOST, MOST, Decimal(MOST), names, (SERVER.region,) * 10, lifetime)
    load = Load(MOST, MOST, Decimal(MOST), MOST)
    return LimitsOverview(limits, limits, dict.fromkeys(people, own), dict.fromkeys(people, load))
