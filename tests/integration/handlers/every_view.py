"""Everything that the bot shows, with a number of servers and the longest names."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import cycle, product

from handlers.access import alarms, share_cards
from handlers.access import connect as connecting
from handlers.admin import answers as admin_answers
from handlers.admin import handover_cards, leaver_cards, missing_cards
from handlers.admin import notices as admin_notices
from handlers.admin import run_now_answers as upkeep_answers
from handlers.admin.maintenance import maintenance_answer
from handlers.commands import help as help_answers
from handlers.idle import last_output as output_card
from handlers.idle import notices
from handlers.idle import schedule as hours
from handlers.kit import forms
from handlers.kit.blocks import Message
from handlers.kit.failures import refusal
from handlers.kit.undelivered import below_undelivered
from handlers.listeners import inbox
from handlers.listeners.table import COMMANDS
from handlers.members import settings_form
from handlers.members.forget import forgotten_answer
from handlers.notebooks import disk_warning, packages, updates
from handlers.notebooks import export as exports
from handlers.notebooks import logs as log_answers
from handlers.servers import card_notes, cards, create, creation_form, delete, listing, power
from handlers.servers import resize as changes
from handlers.servers.progress_card import creation_progress_card
from handlers.usage import answers as usage_answers
from handlers.usage import weekly
from handlers.usage.home_view import first_steps, for_outsiders, home_view
from provisioning.access import ssh_keys as own_keys
from provisioning.access.connect import Connection, SshEntry
from provisioning.admin.administration import Quotas, Trail
from provisioning.admin.handover import Handled
from provisioning.admin.idle_updates import RoundBegun
from provisioning.admin.orphans import Orphan
from provisioning.admin.reconcile import Reconciled
from provisioning.admin.run_now import Upkept
from provisioning.core.errors import UserError
from provisioning.core.language import N_
from provisioning.core.model.cloud import DISK_SIZES, CloudResource, Quota
from provisioning.core.model.events import Event
from provisioning.core.model.machine import (
    Absence,
    HomeFiles,
    LastOutput,
    MachineLogs,
    Outage,
    UpdateEnd,
    UpdateReport,
)
from provisioning.core.model.names import MAX_LENGTH
from provisioning.core.model.people import Departure, Member, MemberKey, Standing
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Server, Snapshot, Stage, Status
from provisioning.idle.history import Evidence, History, Notice, NoticeKind
from provisioning.idle.keep import Kept
from provisioning.idle.messages import Rescued
from provisioning.idle.outlook import Fate, Outlook
from provisioning.idle.schedule import Hours
from provisioning.idle.sweep import SweepOutcome, Swept
from provisioning.idle.watch import Watch
from provisioning.members.settings import MemberSettings
from provisioning.notebooks.export import Documents, Printed
from provisioning.platforms.catalogue import PLATFORMS, get_platform
from provisioning.servers.census import Crowd, Listing
from provisioning.servers.create import Choice, Creation
from provisioning.servers.offers import DiskOffer, Offer
from provisioning.servers.resize import Resize, SizeRefusedError
from provisioning.usage.measure import Amount, Entry, Usage
from provisioning.usage.overview import Glance, Overview
from provisioning.usage.reports import Month
from provisioning.usage.weekly import Week
from tests.integration.handlers.limits import views_of_limits
from tests.integration.handlers.longest import (
    LONG,
    NOW,
    OWNER,
    PASSWORD,
    PERSON,
    SERVER,
    SHARE,
    SIZE,
)

AMOUNT = Amount(timedelta(hours=9_999), cost=Decimal("123456.78"), saved=Decimal("9.99"))
EVIDENCE = Evidence((LONG,) * 9, 64.0, 200, NOW, LONG)
HISTORY = History(NOW, stopped_at=NOW, idle_since=NOW, quiet_since=NOW, evidence=EVIDENCE)


def servers_of(number: int) -> list[Server]:
    """Return `number` servers in all states."""
    states = [each for each in Status if each is not Status.DELETED]
    return [
        replace(SERVER, id=f"a{n:011}", name=f"{n:0{MAX_LENGTH}}", status=states[n % len(states)])
        for n in range(number)
    ]


def messages(number: int) -> Iterator[Message]:
    """Return every message."""
    servers = servers_of(number)
    yield from _lists(servers, number)
    yield from (inbox.interrupted(LONG), inbox.repeated())
    for drawn in (first_steps("<@U_EVE>"), for_outsiders("<@U_EVE>")):
        yield Message("The Home tab.", drawn)
    yield card_notes.no_password_message(SERVER)
    yield from _answers()
    yield from _cards()
    yield from _notices()
    yield from _of_azure()
    yield from _of_shares(number)
    yield from _of_admins(number)
    yield from _of_changes(number)
    yield from _of_connections(number)
    yield from _of_usage(number)
    yield from _of_leavers(number)
    yield from views_of_limits.messages(number)


def _lists(servers: list[Server], number: int) -> Iterator[Message]:
    for viewer in ("", OWNER, "U_ANA"):
        yield listing.overview_answer(servers, viewer)
        yield listing.server_list_answer(servers, None, viewer)
        yield listing.server_list_answer(servers, "running", viewer)
    yield admin_answers.servers_answer(Listing(servers[:20], number), "running", "f" * 16)
    for server in servers[:20] or [SERVER]:
        yield listing.status_answer(server, [SHARE] * number, OWNER)
        yield listing.status_answer(server, [SHARE] * number, "U_ANA")


def _answers() -> Iterator[Message]:
    for is_new, status in product((True, False), (Status.CREATING, Status.FAILED)):
        server = replace(SERVER, status=status)
        yield create.creation_answer(
            Creation(server, get_platform("opensuse"), SIZE, (10_000, 20_000), is_new)
        )
    for admin in (True, False):
        yield help_answers.help_answer(None, COMMANDS, admin=admin)
        yield below_undelivered(create.form_answer(), to_admin=admin)
    for each in COMMANDS:
        yield help_answers.help_answer(each.name, COMMANDS)
    for status in Status:
        server = replace(SERVER, status=status)
        yield delete.delete_question(server)
        yield power.power_answer(server)
        yield power.repair_answer(server)
        yield power.no_password_yet(Member(server.owner), LONG, server)
    yield create.form_answer()
    yield power.password_answer(SERVER)
    yield delete.deleting_answer(SERVER)
    yield delete.unchanged_answer(SERVER)
    yield refusal(LONG * 20)
    yield log_answers.logs_answer(SERVER, MachineLogs((LONG,) * 40, ()))
    yield packages.packages_answer(SERVER)
    yield packages.packages_begun_answer(SERVER)
    yield settings_form.settings_answer(MemberSettings("ko", None, 720))


def _cards() -> Iterator[Message]:
    for stage in Stage:
        server = replace(SERVER, status=Status.CREATING, stage=stage)
        yield creation_progress_card(
            server, NOW + timedelta(days=3), {Stage.CHECK: NOW}, (50, 9_999)
        )
    for tls, reason in product(("self-signed", "acme"), ("", LONG)):
        server = replace(SERVER, tls=tls, tls_reason=reason)
        yield cards.ready_card(server, PASSWORD, IdlePolicy())
        own = IdlePolicy().of_server("", timedelta(hours=1), timedelta(days=2))
        yield cards.ready_card(server, PASSWORD, own)
        yield share_cards.shared_card(server, SHARE, PASSWORD, NOW)
    for platform, failure in product(PLATFORMS, ("", LONG)):
        wished = {"repository": f"https://{LONG}/a", "repository_failure": failure}
        yield cards.ready_card(replace(SERVER, platform=platform, **wished), PASSWORD, IdlePolicy())
    for status in Status:
        yield cards.state_card(replace(SERVER, status=status))
    for log in ("", LONG * 20):
        out = replace(SERVER, status=Status.RUNNING, outage=Outage(NOW, NOW, log))
        yield cards.state_card(out)
        yield listing.status_answer(out)
    for found in (HomeFiles(b""), HomeFiles(b"PK", 9, ((LONG, 10**12),) * 20, 9_999)):
        yield exports.files_answer(SERVER, found)
    yield cards.moved_card(SERVER)
    for ending in (None, "", LONG * 20):
        yield packages.packages_progress_card(SERVER, ending)
    yield packages.no_packages_message(SERVER)
    for end, by_admin in product(UpdateEnd, (True, False)):
        yield updates.update_message(SERVER, end, by_admin=by_admin)
    yield updates.update_begun_answer(SERVER)
    yield disk_warning.disk_warning_card(SERVER, DiskOffer(2048, Decimal("12345.678901")))


def _notices() -> Iterator[Message]:
    for kind in NoticeKind:
        watch = Watch(SERVER.id, 1, 1, NOW, replace(HISTORY, notice=Notice(kind, NOW, NOW)))
        yield notices.warning_card(SERVER, watch)
    for wish in ({"keep_until": NOW}, {"finish_by": NOW}, {}):
        for stopped_at in (None, NOW):
            history = replace(HISTORY, stopped_at=stopped_at, **wish)
            yield notices.outcome_card(SERVER, Watch(SERVER.id, 1, 1, NOW, history))
    for rule in ("idle", "finished", "stuck", "lifetime", "schedule", "unattended"):
        yield notices.end_card(SERVER, Watch(SERVER.id, 1, 1, NOW, HISTORY, ended_by=rule))
    for shortened, finished in ((True, False), (False, True), (False, False)):
        yield notices.kept_answer(Kept(SERVER, NOW, shortened, finished))
    for text in ("", LONG * 8):
        yield output_card.output_card(SERVER, LastOutput(LONG, 1.0, text), NOW)
    for count in (0, 1, 50):
        found = Rescued(b"PK", count, (LONG,) * count, (LONG,) * count)
        yield output_card.notebooks_card(SERVER, found)
    yield output_card.unread_card(SERVER, LONG)
    for schedule, idle_after in (("weekdays 9-18", timedelta(hours=12)), ("", None)):
        for shortened in (True, False):
            own = Hours(SERVER, schedule, NOW, idle_after, "Europe/Madrid", shortened)
            yield hours.schedule_answer(own)
            yield hours.idle_answer(own)
    yield admin_notices.unseen_message(SERVER, NOW, LONG * 4)
    yield admin_notices.needs_admin_message(SERVER, "ScopeLocked", LONG * 4)
    yield admin_notices.adopted_answer(SERVER)
    yield alarms.host_key_warning(SERVER)
    yield alarms.host_key_alarm(SERVER)


def _of_azure() -> Iterator[Message]:
    for outcome in ("started in the cloud", "shut down from within", "stopped in the cloud"):
        yield missing_cards.drift_message(SERVER, outcome)
    for absence, status in product((None, Absence(NOW, 9, has_disk=True)), Status):
        server = replace(SERVER, status=status, absence=absence)
        yield missing_cards.missing_message(server)
        yield missing_cards.missing_notice(server)
        yield missing_cards.back_message(server)
        yield missing_cards.looked_answer(server)
        yield cards.state_card(server)
    yield admin_notices.trouble_message(N_(LONG * 4))
    yield admin_notices.trouble_over_message(N_(LONG * 4))


def _of_shares(number: int) -> Iterator[Message]:
    for status in Status:
        server = replace(SERVER, status=status)
        yield share_cards.shared_answer(server, PERSON)
        yield share_cards.unshared_answer(server, PERSON)
        yield share_cards.transferred_answer(server, PERSON)
        yield share_cards.ended_card(server, SHARE)
    yield share_cards.share_question(SERVER)
    yield share_cards.transfer_question(SERVER, PERSON)
    yield share_cards.older_invitation_card(SERVER)
    yield share_cards.ended_card(replace(SERVER, owner="U_BOB"), SHARE)


def _of_admins(number: int) -> Iterator[Message]:
    holders = {f"U{n:020}": (number, 100_000) for n in range(number)}
    quotas = [Quota(n, 1_000_000, LONG) for n in range(number)]
    yield forgotten_answer("forgotten-0123abcd")
    yield maintenance_answer(None)
    yield maintenance_answer(SERVER.created_at)
    for regions in (1, 2 * admin_answers.MOST_REGIONS):
        yield admin_answers.quota_answer([Quotas(SERVER.region, quotas, holders)] * regions)
    event = Event(NOW, OWNER, "create", SERVER.id, "accepted", LONG * 3)
    yield admin_answers.audit_answer(
        Trail([event] * min(number, admin_answers.MOST_EVENTS_SHOWN), number)
    )
    yield admin_answers.csv_answer(number)
    yield admin_answers.announced_answer(number)
    yield admin_answers.announcement(PERSON, LONG * 8)
    resources = [CloudResource(LONG, f"Type/{n}", LONG, SERVER.id, OWNER) for n in range(number)]
    for owner in (OWNER, ""):
        yield admin_notices.orphan_message(Orphan(SERVER.id, owner, resources))


def _of_changes(number: int) -> Iterator[Message]:
    offers = [Offer(replace(SIZE, name=f"{SIZE.name}{n}"), Decimal("12.34")) for n in range(number)]
    for status in (Status.RUNNING, Status.STOPPED):
        server = replace(SERVER, status=status)
        yield changes.resize_begun_answer(server)
        yield changes.resize_question(Resize(server, SIZE, Decimal("12345.678901")))
        larger = DiskOffer(2048, Decimal("12345.678901"))
        yield changes.resize_question(Resize(server, SIZE, None, larger))
        yield changes.disk_question(Resize(server, SIZE, None, larger))
        yield changes.disk_begun_answer(server)
        yield changes.sizes_answer(server, offers)
        yield changes.size_refused_answer(SizeRefusedError(LONG * 12, server, offers))
        yield delete.delete_question(server, timedelta(days=30))
        yield delete.undo_answer(server)
    for kept in (None, Snapshot("copy", NOW)):
        deleted = replace(SERVER, status=Status.DELETED, snapshot=kept)
        yield cards.state_card(deleted)
        yield delete.deleting_answer(replace(deleted, status=Status.DELETING))


def _of_connections(number: int) -> Iterator[Message]:
    key = MemberKey(OWNER, f"SHA256:{'x' * 43}", "ssh-ed25519 AAAA", LONG[:60], NOW)
    yield connecting.added_answer([key] * max(1, min(number, own_keys.MOST_KEYS)))
    yield connecting.added_answer([key], [UserError(LONG)])
    yield connecting.removed_answer(key)
    yield connecting.keys_answer([key] * min(number, own_keys.MOST_KEYS))
    host_key = f"ssh-ed25519 {'A' * 68}"
    entry = SshEntry("203.0.113.255", 65_535, "notebook", host_key, is_due=True)
    for ssh, why in ((entry, ""), (None, LONG)):
        connection = Connection(SERVER, f"{SERVER.url}?token={'t' * 64}", NOW, ssh, why)
        yield connecting.connection_card(connection)
    yield exports.notebooks_answer(SERVER, [f"{LONG}/{n}.ipynb" for n in range(number)])
    for pdf, why in ((Printed(b"%PDF", number, number), ""), (None, LONG * 4)):
        yield exports.exported_answer(Documents(SERVER, LONG, b"<p>", pdf, why))


def _usage(number: int) -> Usage:
    entries = tuple(Entry(f"U{n:020}", f"a{n:011}", NOW.date(), AMOUNT) for n in range(number))
    names = {f"a{n:011}": "n" * MAX_LENGTH for n in range(number)}
    return Usage(NOW - timedelta(days=30), NOW, "Europe/Madrid", entries, names)


def _of_usage(number: int) -> Iterator[Message]:
    usage = _usage(number)
    yield usage_answers.usage_answer(usage)
    for by_owner in (True, False):
        yield usage_answers.usage_message(usage, LONG, by_owner=by_owner)
    yield usage_answers.month_answer(Month(usage, Decimal("123456.78"), AMOUNT))
    yield Message("Cost", usage_answers.cost_blocks(usage, ()))
    yield weekly.week_message(Week(NOW.date()), usage)
    yield weekly.week_of_everybody_message(Week(NOW.date()), usage)


def _of_leavers(number: int) -> Iterator[Message]:
    servers = servers_of(number) or [SERVER]  # of somebody without any, nothing is asked
    handled = Handled(OWNER, tuple(servers), tuple(servers))
    yield handover_cards.all_deleted_answer(handled)
    yield handover_cards.all_stopped_answer(handled)
    yield handover_cards.all_transferred_answer(handled, PERSON)
    names = tuple(each.name for each in servers)
    for cause, some in ((Standing.DEACTIVATED, servers), (Standing.OUTSIDE, [])):
        departure = Departure(OWNER, NOW, cause, names, number)
        yield leaver_cards.leaver_card(departure, some)
        yield leaver_cards.access_ended(departure, servers, f"<@{OWNER}>")
        yield leaver_cards.welcome_back(departure, some, f"<@{OWNER}>")
    yield leaver_cards.back_card(OWNER, servers)
    yield leaver_cards.given_back_answer(OWNER, servers)
    people = [f"U_{n:08d}" for n in range(number + 1)]
    yield leaver_cards.doubt_card(people)
    yield leaver_cards.confirmed_answer(people[1:])
    yield handover_cards.transfer_all_question(OWNER, servers, PERSON)
    yield handover_cards.admin_transfer_question(SERVER, PERSON)
    yield handover_cards.admin_transferred_answer(SERVER, PERSON)
    resources = tuple(
        CloudResource(LONG, "Type/disks", LONG, SERVER.id, OWNER) for _each in range(number)
    )
    orphans = tuple(Orphan(f"a{n:011}", OWNER, resources) for n in range(number))
    yield upkeep_answers.orphans_answer(orphans)
    names = tuple(each.name for each in servers)
    swept = Swept(number, dict.fromkeys(SweepOutcome, names))
    reconciled = Reconciled(tuple((name, "shut down from within") for name in names), orphans)
    for found in (reconciled, None):
        yield upkeep_answers.swept_answer(Upkept(swept, found))
    yield upkeep_answers.swept_answer(Upkept(swept, None, N_(LONG * 4)))
    yield updates.update_report_message(UpdateReport(dict.fromkeys(UpdateEnd, names)))
    yield upkeep_answers.round_answer(RoundBegun(names, names, names, number))
    yield upkeep_answers.round_answer(RoundBegun())
    yield upkeep_answers.all_adopted_answer(servers, [f"a{n:011}" for n in range(number)])


def home(number: int) -> dict[str, object]:
    """Return the Home tab."""
    history = replace(HISTORY, notice=None)
    unseen = replace(history, unknown_since=NOW, unknown_why=LONG)
    glances = [
        Glance(server, seen, Outlook(fate, NOW), AMOUNT)
        for server, fate, seen in zip(
            servers_of(number), cycle(Fate), cycle((history, unseen)), strict=False
        )
    ]
    crowd = Crowd(dict.fromkeys(Status, 99_999), 99_999)
    return home_view(Overview(glances, _usage(number), crowd), OWNER)


def modals(number: int) -> Iterator[dict[str, object]]:
    """Return every form, with `number` sizes."""
    yield creation_form.waiting_form()
    yield creation_form.refused_form(LONG * 20)
    yield creation_form.done_form(refusal(LONG))
    offers = [Offer(replace(SIZE, name=f"{SIZE.name}{n}"), Decimal("12.34")) for n in range(number)]
    for platform in PLATFORMS.values():
        wish = creation_form.CreationDraft(platform.name, name="n" * MAX_LENGTH)
        for regions in ((SERVER.region,), tuple(f"{SERVER.region}{n}" for n in range(40))):
            disks = [DiskOffer(gb, Decimal("12345.678901")) for gb in DISK_SIZES]
            choice = Choice(regions, regions[-1], offers, timedelta(days=7), disks)
            yield creation_form.creation_form(platform, choice, wish)
    yield from views_of_limits.modals()
    bounds = (timedelta(0), timedelta(days=30))
    for server in (*servers_of(number), replace(SERVER, status=Status.RUNNING)):
        yield forms.answer_view(listing.all_actions(server, OWNER), server.name)
    yield power.stop_question(SERVER).view
    yield delete.delete_dialog(SERVER, timedelta(days=365)).view
    yield settings_form.settings_form(MemberSettings(idle_minutes=number), bounds)
