"""Cards and answers: within Slack's limits, without foreign markup, each with its own text."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.commands import help as help_answers
from handlers.kit import action_ids
from handlers.kit.failures import refusal
from handlers.listeners.table import COMMANDS
from handlers.servers import cards, create, delete, listing, power
from handlers.servers.card_notes import certificate_note
from handlers.servers.progress_card import creation_progress_card
from handlers.usage.home_view import home_view
from provisioning.core.errors import UserError
from provisioning.core.language import N_, stored
from provisioning.core.model.cloud import Size
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Failure, Job, Remains, Snapshot, Stage, Status
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.create import Creation
from provisioning.usage.measure import Usage
from provisioning.usage.overview import Glance, Overview
from tests.unit.handlers.block_kit import check_message, check_view
from tests.unit.handlers.samples import CREATING, DELETED, DELETING, FAILED, NOW, RUNNING

USUAL = (103, 223)
PASSWORD = "tulip-4821-harbor-maple"


def creation(**changes):
    parts = {
        "server": CREATING,
        "platform": get_platform("ubuntu"),
        "size": Size("Standard_B2s", 2, 4.0),
        "expected_seconds": (103, 223),
        "is_new": True,
    }
    return Creation(**parts | changes)


def everything():
    yield create.creation_answer(creation())
    yield help_answers.help_answer(None, COMMANDS)
    for topic in ("create", "list", "ls", "help"):
        yield help_answers.help_answer(topic, COMMANDS)
    for server in (CREATING, RUNNING, DELETING, FAILED):
        yield listing.status_answer(server)
        yield listing.server_list_answer([server])
        yield delete.delete_question(server)
        yield delete.delete_question(server, timedelta(days=7))
    for status in Status:
        server = replace(
            RUNNING, status=status, stopped_at=NOW, failure=Failure("The region is full.")
        )
        yield listing.status_answer(server)
        yield listing.server_list_answer([server])
        yield power.power_answer(server)
        yield cards.state_card(server)
        kept = replace(server, snapshot=Snapshot("word", NOW))
        yield from (listing.server_list_answer([kept]), cards.state_card(kept))
        yield from (delete.undo_answer(kept), delete.deleting_answer(kept))
    yield listing.server_list_answer([])
    yield power.password_answer(RUNNING)
    yield delete.deleting_answer(RUNNING)
    yield delete.unchanged_answer(RUNNING)
    for stage in Stage:
        yield creation_progress_card(replace(CREATING, stage=stage), NOW, {}, USUAL)
    yield cards.ready_card(RUNNING, PASSWORD)
    yield cards.moved_card(RUNNING)
    yield cards.state_card(FAILED)
    yield cards.state_card(DELETED)


FAILURE = Failure("It could not be stopped: A lock is on it.", "ScopeLocked", Job.STOP)


@pytest.mark.parametrize("status", [Status.RUNNING, Status.STOPPED, Status.DELETED])
def test_the_notification_of_a_failure_says_the_failure(status):
    server = replace(RUNNING, status=status, failure=FAILURE, snapshot=Snapshot("word", NOW))
    text = cards.state_card(server).text
    assert FAILURE.text in text
    assert "Sign in with your own password" not in text


@pytest.mark.parametrize(
    ("job", "status", "action_id"),
    [
        (Job.STOP, Status.RUNNING, action_ids.STOP_BUTTON),
        (Job.START, Status.STOPPED, action_ids.START_BUTTON),
        (Job.RESTART, Status.STOPPED, action_ids.START_BUTTON),
        (Job.RESIZE, Status.RUNNING, action_ids.RESIZE_BUTTON),
        (Job.DELETE, Status.RUNNING, action_ids.DELETE_BUTTON),
        (Job.DELETE_WITH_COPY, Status.STOPPED, action_ids.DELETE_WITH_COPY_BUTTON),
        (Job.PASSWORD, Status.RUNNING, action_ids.PASSWORD_BUTTON),
        (Job.UNDO, Status.DELETED, action_ids.UNDO_BUTTON),
    ],
)
def test_a_failed_request_can_be_tried_again_on_its_card(job, status, action_id):
    snapshot = Snapshot("word", NOW) if job is Job.UNDO else None
    server = replace(RUNNING, status=status, failure=replace(FAILURE, job=job), snapshot=snapshot)
    (again,) = [each for each in buttons_of(cards.state_card(server)) if "Try again" in str(each)]
    assert (again["action_id"], again["value"]) == (action_id, server.id)


@pytest.mark.parametrize("server", [FAILED, DELETED], ids=["failed", "deleted"])
def test_the_card_of_an_ended_server_does_not_hide_what_still_costs_money(server):
    left = replace(server, remains=Remains(Job.CREATE, "The bot may not delete."))
    card = cards.state_card(left)
    check_message(card)
    assert "may cost money: The bot may not delete." in card.text
    assert "costs nothing" not in str(card.blocks)
    assert action_ids.DELETE_BUTTON in str(card.blocks)
    assert "costs money" not in cards.state_card(server).text


def buttons_of(message):
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element for row in rows for element in row]


def test_every_message_is_one_that_slack_takes():
    for message in everything():
        check_message(message)


@given(st.text(min_size=1, max_size=9_000))
def test_foreign_text_is_escaped_and_cut(words):
    check_message(refusal(words))
    check_message(cards.failed_card(replace(FAILED, failure=Failure(words))))
    check_message(listing.status_answer(replace(FAILED, failure=Failure(words))))
    check_message(creation_progress_card(replace(CREATING, stage_detail=words), NOW, {}, USUAL))


@pytest.mark.parametrize("number", [0, 1, 20, 21, 200])
def test_any_number_of_servers_can_be_listed(number):
    servers = [replace(RUNNING, name=f"server-{i}") for i in range(number)]
    check_message(listing.server_list_answer(servers))
    nothing = Usage(NOW, NOW, "UTC", ())
    check_view(home_view(Overview([Glance(each) for each in servers], nothing)))


@pytest.mark.parametrize("status", Status)
def test_a_list_names_a_state_by_the_word_that_filters_it(status):
    assert f" {status} · " in listing.server_line(replace(RUNNING, status=status))


def test_a_list_that_is_cut_says_how_many_are_missing():
    servers = [replace(RUNNING, name=f"server-{i}") for i in range(200)]
    drawn = str(listing.server_list_answer(servers).blocks)
    shown = set(re.findall(r"\*server-(\d+)\*", drawn))
    assert f"{200 - len(shown)} more" in drawn


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (timedelta(days=7), "7 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=90), "90 minutes"),
    ],
)
def test_the_question_of_a_deletion_offers_a_snapshot_with_its_retention(kept, words):
    drawn = str(delete.delete_question(RUNNING, kept).blocks)
    assert f"Delete, keep a snapshot for {words}" in drawn
    assert "'server_delete'" in drawn


@pytest.mark.parametrize(("server", "kept"), [(RUNNING, 0), (CREATING, 7)])
def test_no_snapshot_is_offered_without_a_retention_or_before_the_server_runs(server, kept):
    drawn = str(delete.delete_question(server, timedelta(days=kept)).blocks)
    assert "keep a snapshot" not in drawn
    assert "'server_delete'" in drawn


def test_the_card_of_a_server_deleted_with_a_snapshot_offers_to_undo():
    card = cards.state_card(replace(DELETED, snapshot=Snapshot("word", NOW)))
    assert "'server_undo'" in str(card.blocks)
    assert f"<!date^{int(NOW.timestamp())}^" in str(card.blocks)
    assert f"{DELETED.name} was deleted" in card.text
    assert "'server_undo'" not in str(cards.state_card(DELETED).blocks)


def test_an_empty_list_says_how_to_begin():
    assert "create ubuntu" in listing.server_list_answer([]).text


def test_the_answer_to_create_restates_what_was_understood():
    text = create.creation_answer(creation()).text
    for word in (
        "Ubuntu",
        "Standard_B2s",
        "2 cores",
        "4 GiB",
        "$0.0416 an hour",
        "$0.33 for 8 hours",
        "2-4 min",
        "quiet-otter",
        "DM",
    ):
        assert word in text


def test_a_system_past_its_end_and_a_licence_are_named_before_the_server_is_used():
    made = creation(server=replace(CREATING, platform="opensuse", release="15.6"))
    opensuse = replace(made, platform=get_platform("opensuse"))
    text = create.creation_answer(opensuse).text
    assert "openSUSE Leap 15.6 has had no security updates since 2026-04-30" in text
    licensed = replace(opensuse, server=replace(opensuse.server, release="sles-16.0"))
    text = create.creation_answer(licensed).text
    assert "Azure bills the licence of SUSE Linux Enterprise Server 16.0 on top" in text
    assert "security updates" not in text
    assert ":warning:" not in create.creation_answer(creation()).text


def test_an_unknown_price_is_named_so():
    unpriced = replace(CREATING, price_per_hour=None)
    assert "price not known" in create.creation_answer(creation(server=unpriced)).text


def test_a_repeated_request_is_answered_as_already_under_way():
    assert "already" in create.creation_answer(creation(is_new=False)).text


def test_address_and_password_stand_alone_in_code_spans_in_both_forms():
    card = cards.ready_card(RUNNING, PASSWORD)
    drawn = "\n".join(block["text"]["text"] for block in card.blocks if block["type"] == "section")
    for form in (card.text, drawn):
        spans = re.findall(r"`([^`]+)`", form)
        assert RUNNING.url in spans
        assert PASSWORD in spans


def test_the_bot_says_why_an_authority_issued_no_certificate():
    server = replace(RUNNING, tls_reason="too many certificates for <example.com>")
    drawn = certificate_note(server)
    assert "too many certificates for &lt;example.com&gt;" in drawn
    assert RUNNING.certificate_sha256 in drawn


def test_the_ready_card_of_a_valid_certificate_has_no_warning():
    valid = replace(RUNNING, tls="acme")
    assert "browser warn" not in str(cards.ready_card(valid, "k7mqz").blocks)
    assert "your browser does not warn" in certificate_note(valid)
    assert RUNNING.certificate_sha256 not in certificate_note(valid)


def test_the_ready_card_shows_the_expiry_and_explains_the_browsers_warning():
    drawn = str(cards.ready_card(RUNNING, PASSWORD).blocks)
    assert "Why does my browser warn?" in drawn
    assert RUNNING.certificate_sha256 in certificate_note(RUNNING)
    assert f"<!date^{int(RUNNING.password.expires_at.timestamp())}^" in drawn


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (
            IdlePolicy(),
            "after 1 hour without use, in working hours after 2 hours; "
            "you get a warning 15 minutes before",
        ),
        (
            IdlePolicy().of_server("", timedelta(hours=3)),
            "after 3 hours without use; you get a warning 15 minutes",
        ),
        (IdlePolicy(after=timedelta(0)), ""),
        (None, ""),
    ],
)
def test_the_ready_card_says_when_the_server_stops_by_itself(rules, words):
    drawn = str(cards.ready_card(RUNNING, PASSWORD, rules).blocks)
    assert words in drawn
    assert ("stops by itself" in drawn) == bool(words)


def test_a_card_above_a_newer_one_has_no_buttons():
    card = cards.moved_card(RUNNING)
    assert all(block["type"] != "actions" for block in card.blocks)


def test_a_finished_step_shows_its_seconds_if_they_are_known():
    began = {
        Stage.NETWORK: NOW - timedelta(seconds=90),
        Stage.MACHINE: NOW - timedelta(seconds=87),
        Stage.CONNECT: NOW - timedelta(seconds=20),
        Stage.SET_UP: NOW - timedelta(seconds=8),
    }
    lines = (
        creation_progress_card(CREATING, NOW, began, USUAL).blocks[1]["text"]["text"].splitlines()
    )
    assert len(lines) == len(Stage)
    assert not re.search(r"\d", lines[0])
    assert [line.rpartition(" · ")[2] for line in lines[1:4]] == ["3 s", "67 s", "12 s"]
    assert lines[4].startswith(":hourglass")
    assert "packages" in lines[4]
    assert all(line.startswith(":white_circle:") for line in lines[5:])


def test_help_on_an_unknown_command_suggests_one():
    with pytest.raises(UserError, match="Did you mean `create`"):
        help_answers.help_answer("craete", COMMANDS)


def test_only_mentions_of_people_stay_markup_in_a_refusal():
    text = refusal("Ask <@U_EVE> about <!channel> & <https://evil.example|this>").text
    assert text == "Ask <@U_EVE> about &lt;!channel&gt; &amp; &lt;https://evil.example|this&gt;"


@pytest.mark.parametrize(
    ("platform", "advice"),
    [
        ("ubuntu", "Clone the repository in a terminal"),
        ("windows", "Upload the files in JupyterLab"),
    ],
)
def test_a_failed_clone_has_advice_for_its_platform(platform, advice):
    failed = {"repository": "https://git.example.com/a", "repository_failure": "it is too large"}
    server = replace(RUNNING, platform=platform, **failed)
    drawn = str(cards.ready_card(server, PASSWORD, IdlePolicy()).blocks)
    assert "could not be cloned: it is too large" in drawn
    assert advice in drawn


def test_the_card_of_a_restore_says_why_it_takes_longer():
    detail = stored(N_("Azure did not create the disk"))
    waiting = replace(RUNNING, status=Status.RESTORING, stage_detail=detail)

    card = cards.state_card(waiting)

    check_message(card)
    assert "Azure did not create the disk" in str(card.blocks)
    assert "Azure" not in str(cards.state_card(replace(waiting, stage_detail="")).blocks)
