"""What approvers and askers read of a creation that is beyond its member's limits. Pure."""

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
    """For approvers: what is asked, the price, why it is too much, and two buttons."""
    asker = f"<@{approval.request.actor.id}>"
    what = _what(approval)
    text = _("{person} asks for a server beyond their limits: {what}", person=asker, what=what)
    blocks: list[Block] = [
        header(_("A server beyond a member's limits")),
        section(_("{person} asks for {what}", person=asker, what=what)),
        section(_("*Why it needs you*\n{reasons}", reasons=_why(approval))),
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
                    "Approving makes it at once, whatever the limits are. The question is open "
                    "until {time}.",
                    time=date(approval.expires_at),
                )
            ),
        ],
    )


def asked_card(approval: Approval, approvers: str) -> Message:
    """For the asker: whom I asked, and how to take it back; or what became of it."""
    if approval.status is not ApprovalStatus.PENDING:
        return outcome_message(approval)
    text = _(
        "{what} That is more than you may have without asking:\n{reasons}\nI asked {whom}. "
        "Nothing is made until somebody approves, {time} at the latest; you get a DM then.",
        what=_what(approval),
        reasons=_why(approval),
        whom=approvers,
        time=date(approval.expires_at),
    )
    return Message(
        text, [section(text), actions(button(_("Withdraw"), WITHDRAW_BUTTON, approval.id))]
    )


def outcome_message(approval: Approval) -> Message:
    """A DM to the asker, so that the end of the waiting is noticed."""
    return plain(
        _("You asked for {what}\n{outcome}", what=_what(approval), outcome=_outcome(approval))
    )


def decided_answer(approval: Approval) -> Message:
    """To whoever has just clicked."""
    return plain(_outcome(approval))


def decline_form(approval: Approval) -> dict[str, Any]:
    """Why not: the asker reads it."""
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
    title = f"{platform.title if platform else request.platform} {request.release or ''}".strip()
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
            return _(":white_check_mark: {person} approved it {time}. It is being made.", **values)
        case ApprovalStatus.REFUSED:
            return _(
                ":x: {person} approved it {time}, but it could not be made: {reason}", **values
            )
        case ApprovalStatus.DECLINED:
            return _(":x: {person} declined it {time}: {reason}", **values)
        case ApprovalStatus.WITHDRAWN:
            return _(":white_circle: It was withdrawn {time}.", **values)
        case ApprovalStatus.EXPIRED:
            return _(
                ":white_circle: Nobody decided in time, so nothing was made. Ask again with "
                "`create`, or talk to an admin."
            )
        case _status:
            return _(":hourglass_flowing_sand: It waits for an approver.")
