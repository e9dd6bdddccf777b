"""The messages to approvers and requesters about a creation beyond its member's limits. Pure."""

from decimal import Decimal
from typing import Any

from handlers.kit.action_ids import APPROVE_BUTTON, DECLINE_BUTTON, WITHDRAW_BUTTON
from handlers.kit.blocks import (
    Block,
    Message,
    actions,
    button,
    code,
    context,
    cut,
    date,
    escape,
    escape_message,
    header,
    money,
    plain,
    plain_text,
    price,
    section,
)
from provisioning.core.language import _, said
from provisioning.core.model.limits import HOURS_A_MONTH
from provisioning.limits.approval import Approval, ApprovalStatus
from provisioning.limits.approvals import LONGEST_REASON
from provisioning.platforms.catalogue import PLATFORMS

DECLINE_FORM = "decline_form"
REASON = "reason"
_LONGEST_REASONS = 2_000


def question_card(approval: Approval) -> Message:
    """Return the question to an approver: request, price, why it is too much, two buttons."""
    requester = f"<@{approval.request.actor.id}>"
    what = _what(approval)
    text = _("{person} asks for a server beyond their limits: {what}", person=requester, what=what)
    blocks: list[Block] = [
        header(_("A server beyond a member's limits")),
        section(_("{person} asks for {what}", person=requester, what=what)),
        section(_("*Why it needs your approval*\n{reasons}", reasons=_why(approval))),
    ]
    if approval.status is not ApprovalStatus.PENDING:
        return Message(text, [*blocks, section(_outcome(approval))])
    return Message(
        text,
        [
            *blocks,
            actions(
                button(_("Approve"), APPROVE_BUTTON, approval.id, style="primary"),
                button(_("Decline"), DECLINE_BUTTON, approval.id, style="danger"),
            ),
            context(
                _(
                    "If you approve, I create the server at once, whatever the limits are. You "
                    "can decide until {time}.",
                    time=date(approval.expires_at),
                )
            ),
        ],
    )


def asked_card(approval: Approval, approvers: str) -> Message:
    """Return the answer to the requester: approvers and a button to withdraw, or the outcome."""
    if approval.status is not ApprovalStatus.PENDING:
        return outcome_message(approval)
    text = _(
        "{what} That is more than you may have without approval:\n{reasons}\nI asked {whom}. I "
        "create the server once an approver agrees, {time} at the latest, and send you a DM then.",
        what=_what(approval),
        reasons=_why(approval),
        whom=approvers,
        time=date(approval.expires_at),
    )
    return Message(
        text, [section(text), actions(button(_("Withdraw"), WITHDRAW_BUTTON, approval.id))]
    )


def outcome_message(approval: Approval) -> Message:
    """Return the DM to the requester that has the outcome."""
    return plain(
        _("You asked for {what}\n{outcome}", what=_what(approval), outcome=_outcome(approval))
    )


def decided_answer(approval: Approval) -> Message:
    """Return the answer to the member who has clicked a button of the question."""
    return plain(_outcome(approval))


def decline_form(approval: Approval) -> dict[str, Any]:
    """Return the form for the reason of a refusal, which the requester reads."""
    return {
        "type": "modal",
        "callback_id": DECLINE_FORM,
        "private_metadata": approval.id,
        "title": plain_text(_("Decline")),
        "submit": plain_text(_("Decline")),
        "close": plain_text(_("Cancel")),
        "blocks": [
            section(
                _(
                    "{person} asks for {what}",
                    person=f"<@{approval.request.actor.id}>",
                    what=_what(approval),
                )
            ),
            {
                "type": "input",
                "block_id": REASON,
                "label": plain_text(_("Why, and what they can do instead")),
                "element": {
                    "type": "plain_text_input",
                    "action_id": REASON,
                    "multiline": True,
                    "max_length": LONGEST_REASON,
                },
            },
        ],
    }


def _what(approval: Approval) -> str:
    request = approval.request
    platform = PLATFORMS.get(request.platform)
    title = platform.title_of(request.release or "") if platform else request.platform
    values = {
        "platform": escape(title),
        "size": code(request.size or ""),
        "region": escape(approval.region),
        "price": price(approval.price_per_hour),
        "month": money((approval.price_per_hour or Decimal(0)) * HOURS_A_MONTH, "¤#,##0"),
    }
    if request.name:
        return _(
            "{name}, {platform} on {size} in {region}, {price}; {month} a month of 8-hour days.",
            name=code(request.name),
            **values,
        )
    return _("{platform} on {size} in {region}, {price}; {month} a month of 8-hour days.", **values)


def _why(approval: Approval) -> str:
    reasons = "\n".join(f"• {escape(said(reason))}" for reason in approval.reasons)
    return cut(reasons, _LONGEST_REASONS)


def _outcome(approval: Approval) -> str:
    values = {
        "person": f"<@{approval.decided_by}>",
        "time": date(approval.decided_at or approval.asked_at),
        "reason": escape_message(approval.reason),
    }
    match approval.status:
        case ApprovalStatus.APPROVED:
            return _(
                ":white_check_mark: {person} approved it {time}. I'm creating the server.", **values
            )
        case ApprovalStatus.REFUSED:
            return _(
                ":x: {person} approved it {time}, but I could not create the server: {reason}",
                **values,
            )
        case ApprovalStatus.DECLINED:
            return _(":x: {person} declined it {time}: {reason}", **values)
        case ApprovalStatus.WITHDRAWN:
            return _(":white_circle: The request was withdrawn {time}.", **values)
        case ApprovalStatus.EXPIRED:
            return _(
                ":white_circle: No approver decided in time, so no server was created. Ask again "
                "with `create`, or talk to an admin."
            )
        case _status:
            return _(":hourglass_flowing_sand: The request is waiting for an approver.")
