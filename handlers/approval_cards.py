"""What approvers and askers read of a creation that is beyond its member's limits. Pure."""

from collections.abc import Sequence
from typing import Any

from handlers.action_ids import APPROVE, DECLINE, WITHDRAW
from handlers.mrkdwn import (
    Block,
    Message,
    actions,
    button,
    code,
    context,
    date,
    escape,
    escape_message,
    header,
    price,
    section,
)
from provisioning.approval import Approval, ApprovalStatus
from provisioning.approvals import LONGEST_REASON
from provisioning.limits import HOURS_A_MONTH
from provisioning.platforms.catalogue import PLATFORMS

DECLINE_CALLBACK = "decline_form"
REASON = "reason"


def question_card(approval: Approval) -> Message:
    """For approvers: what is asked, the price, why it is too much, and two buttons."""
    asker = f"<@{approval.request.actor.id}>"
    text = f"{asker} asks for a server beyond their limits: {_what(approval)}"
    blocks: list[Block] = [
        header("A server beyond a member's limits"),
        section(f"{asker} asks for {_what(approval)}"),
        section(f"*Why it needs you*\n{_why(approval)}"),
    ]
    if approval.status is not ApprovalStatus.PENDING:
        return Message(text, [*blocks, section(_outcome(approval))])
    return Message(
        text,
        [
            *blocks,
            actions(
                button("Approve", APPROVE, approval.id, style="primary"),
                button("Decline", DECLINE, approval.id, style="danger"),
            ),
            context(
                "Approving makes it at once, whatever the limits are. The question is open until "
                f"{date(approval.expires_at)}."
            ),
        ],
    )


def asked_card(approval: Approval, approvers: Sequence[str]) -> Message:
    """For the asker: whom I asked, and how to take it back; or what became of it."""
    if approval.status is not ApprovalStatus.PENDING:
        text = f"You asked for {_what(approval)}\n{_outcome(approval)}"
        return Message(text, [section(text)])
    whom = " or ".join(approvers) or "an admin"
    text = (
        f"{_what(approval)} is more than you may have without asking:\n{_why(approval)}\n"
        f"I asked {whom}. Nothing is made until somebody approves, {date(approval.expires_at)} at "
        "the latest; you get a DM then."
    )
    return Message(text, [section(text), actions(button("Withdraw", WITHDRAW, approval.id))])


def outcome_message(approval: Approval) -> Message:
    """A DM to the asker, so that the end of the waiting is noticed."""
    text = f"You asked for {_what(approval)}\n{_outcome(approval)}"
    return Message(text, [section(text)])


def decided_answer(approval: Approval) -> Message:
    """To whoever has just clicked."""
    text = _outcome(approval)
    return Message(text, [section(text)])


def decline_form(approval: Approval) -> dict[str, Any]:
    """Why not: the asker reads it."""
    return {
        "type": "modal",
        "callback_id": DECLINE_CALLBACK,
        "private_metadata": approval.id,
        "title": _plain("Decline"),
        "submit": _plain("Decline"),
        "close": _plain("Cancel"),
        "blocks": [
            section(f"<@{approval.request.actor.id}> asks for {_what(approval)}"),
            {
                "type": "input",
                "block_id": REASON,
                "label": _plain("Why, and what they can do instead"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": REASON,
                    "multiline": True,
                    "max_length": LONGEST_REASON,
                },
            },
        ],
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def _what(approval: Approval) -> str:
    request = approval.request
    platform = PLATFORMS.get(request.platform)
    title = f"{platform.title if platform else request.platform} {request.release or ''}".strip()
    name = f"{code(request.name)}, " if request.name else ""
    a_month = ""
    if approval.price_per_hour is not None:
        a_month = f", ${approval.price_per_hour * HOURS_A_MONTH:.0f} a month of 8-hour days"
    return (
        f"{name}{escape(title)} on {code(request.size or '')} in {escape(approval.region)}, "
        f"{price(approval.price_per_hour)}{a_month}."
    )


def _why(approval: Approval) -> str:
    return "\n".join(f"• {escape(reason)}" for reason in approval.reasons)


def _outcome(approval: Approval) -> str:
    by = f"<@{approval.decided_by}>"
    when = f" {date(approval.decided_at)}" if approval.decided_at else ""
    said = escape_message(approval.reason)
    match approval.status:
        case ApprovalStatus.APPROVED:
            return f":white_check_mark: {by} approved it{when}. It is being made."
        case ApprovalStatus.REFUSED:
            return f":x: {by} approved it{when}, but it could not be made: {said}"
        case ApprovalStatus.DECLINED:
            return f":x: {by} declined it{when}: {said}"
        case ApprovalStatus.WITHDRAWN:
            return f":white_circle: It was withdrawn{when}."
        case ApprovalStatus.EXPIRED:
            return (
                ":white_circle: Nobody decided in time, so nothing was made. Ask again with "
                "`create`, or talk to an admin."
            )
        case _:
            return ":hourglass_flowing_sand: It waits for an approver."
