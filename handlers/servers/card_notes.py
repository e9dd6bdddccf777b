"""Parts of a card about the server itself: its facts, its certificate, its repository."""

from handlers.kit.blocks import (
    Block,
    Message,
    code,
    context,
    cut,
    date,
    escape,
    header,
    long_duration,
    monthly,
    plain,
    price,
    section,
)
from handlers.servers.buttons import again_buttons, buttons
from provisioning.core.language import _, number, said
from provisioning.core.model.machine import DiskUse, Outage
from provisioning.core.model.names import reference_of
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Server
from provisioning.notebooks.repositories import folder_of
from provisioning.platforms.catalogue import PLATFORMS, get_platform

_GB = 1024**3
_WORTH_TELLING = 50 * 1024**2
_LONGEST_LOG = 2500
_NEARLY_FULL = 85
"""Percent from which each card says how full the disk is."""


def failure_notes(server: Server) -> list[Block]:
    """Return what has failed, what that has left behind, and a button that tries it again.

    A disk that is nearly full is told with it: often it is the reason.
    """
    failure, remains = server.failure, server.remains
    found = [section(f":warning: {escape(said(failure.text))}")] if failure else []
    if failure is not None:
        found.append(context(reference_line(server)))
    if remains is not None:
        found.append(section(f":broom: {remains_text(server)}"))
    return [*found, *disk_notes(server), *again_buttons(server)]


def reference_line(server: Server) -> str:
    """Return the reference by which an admin finds the failed work in log and history."""
    reference = code(reference_of(server.id, server.generation))
    return _("Reference for your admin: {reference}", reference=reference)


def outage_card(server: Server, outage: Outage) -> Message:
    """Return the card of a running machine whose notebook does not come up: why, and what helps."""
    text = _("{name} does not come up.", name=escape(server.name))
    what = _(
        "Its machine runs and costs money, but its notebook server does not work. Your files are "
        "safe. `Repair` makes its Python environment anew with the packages that you added; "
        "`Files` sends you its files. If nothing is done, I stop it {time}.",
        time=date(outage.until),
    )
    lines = escape(outage.log.replace("```", "'''"))[-_LONGEST_LOG:]
    log = [section(_("*The last lines of its log*") + f"\n```{lines}```")] if lines else []
    return Message(
        with_failure(text, server),
        [
            header(_("{name} does not come up", name=server.name)),
            *failure_notes(server),
            *log,
            section(what),
            context(facts_line(server)),
            *buttons(server),
        ],
    )


def remains_text(server: Server) -> str:
    """Return what the bot does about what a failed request has left; "" if nothing is left."""
    if server.remains is None:
        return ""
    reason = escape(said(server.remains.reason))
    if reason:
        return _(
            "Some of it could not be deleted in Azure, and may cost money: {reason} I try again "
            "every hour, and your admins have been told.",
            reason=reason,
        )
    if server.status.is_live:
        return _("I'm putting right what that left behind. You need not wait for it.")
    return _("I'm deleting what is left of it in Azure.")


def with_failure(text: str, server: Server) -> str:
    """Return the text of a notification, with the failure if there is one."""
    notes = [said(server.failure.text)] if server.failure else []
    if server.remains is not None and server.remains.reason:
        notes.append(remains_text(server))
    return " ".join([text, *(cut(escape(each)) for each in notes)])


def repository_note(server: Server) -> list[Block]:
    """Return the repository's folder, or why it could not be cloned and what to do.

    Returns an empty list if the owner asked for no repository.
    """
    if not server.repository:
        return []
    url, folder = code(server.repository), code(folder_of(server.repository))
    if not server.repository_failure:
        return [section(_("{url} is in the folder {folder}.", url=url, folder=folder))]
    reason = escape(server.repository_failure)
    if get_platform(server.platform).machine.git_package:
        text = _(
            ":warning: {url} could not be cloned: {reason}. The server works without it. Clone "
            "the repository in a terminal, or use another address.",
            url=url,
            reason=reason,
        )
    else:
        text = _(
            ":warning: {url} could not be cloned: {reason}. The server works without it. Upload "
            "the files in JupyterLab, or create a server with another address.",
            url=url,
            reason=reason,
        )
    return [section(text)]


def certificate_note(server: Server) -> str:
    """Return whether the browser warns about the certificate, and which fingerprint to compare."""
    fingerprint = code(server.certificate_sha256)
    if not server.certificate_sha256:
        return _("Your browser may warn about the certificate.")
    if server.tls != "self-signed":
        return _("Its certificate is valid for the address, so your browser does not warn.")
    if not server.tls_reason:
        return _(
            "Your browser will warn once, since the server made its own certificate. Compare its "
            "SHA-256 fingerprint before you continue:\n{fingerprint}",
            fingerprint=fingerprint,
        )
    reason = escape(said(server.tls_reason))
    if get_platform(server.platform).os != "linux":
        return _(
            "The certificate authority issued no certificate for the address ({reason}). So the "
            "server made its own, and your browser will warn. Compare its SHA-256 fingerprint "
            "before you continue:\n{fingerprint}",
            reason=reason,
            fingerprint=fingerprint,
        )
    return _(
        "The certificate authority issued no certificate for the address ({reason}). So the "
        "server made its own, and your browser will warn. The server asks again twice a day. "
        "Compare its SHA-256 fingerprint before you continue:\n{fingerprint}",
        reason=reason,
        fingerprint=fingerprint,
    )


def no_password_message(server: Server) -> Message:
    """Return the answer to a request for a password of a server that has ended meanwhile."""
    return plain(
        _(
            "You asked for a new password for {name}. It is not coming, since the server was "
            "deleted in the meantime.",
            name=escape(server.name),
        )
    )


def disk_text(disk: DiskUse) -> str:
    """Return how full a disk is: "27.1 of 30 GB of the disk are used (90 %)"."""
    return _(
        "{used} of {size} GB of the disk are used ({percent} %)",
        used=number(round(disk.used / _GB, 1)),
        size=number(round((disk.used + disk.free) / _GB)),
        percent=disk.percent,
    )


def growth_text(server: Server) -> str:
    """Return what to do about a disk whose file system has not followed; "" if it has."""
    if server.disk is None or not server.awaits_growth:
        return ""
    return _(
        "The disk has {gb} GB, but the server does not use all of it yet. Restart the server; if "
        "that does not help, tell an admin.",
        gb=server.disk_gb,
    )


def largest_text(disk: DiskUse) -> str:
    """Return the largest folders and files as a list, "" if they are not known."""
    if not disk.largest:
        return ""
    lines = [
        f"• {code(name)}  {number(round(taken / _GB, 1))} GB"
        for name, taken in disk.largest
        if taken >= _WORTH_TELLING
    ]
    return "\n".join([_("*What takes most*"), *lines]) if lines else ""


def disk_notes(server: Server) -> list[Block]:
    """Return a line about a disk that is nearly full, for a card that tells of a failure."""
    disk = server.disk
    if disk is None or disk.percent < _NEARLY_FULL:
        return []
    text = _(
        ":floppy_disk: {disk}. Delete files, or nothing can be saved soon.", disk=disk_text(disk)
    )
    return [section(text)]


def facts_line(server: Server) -> str:
    """Return platform, size, region and price in one line."""
    platform = PLATFORMS.get(server.platform)
    title = platform.title_of(server.release) if platform else server.platform
    words = (
        title,
        code(server.size),
        server.region,
        price(server.price_per_hour),
        *disk_price_text(server),
    )
    return " · ".join(words)


def disk_price_text(server: Server) -> list[str]:
    """Return the disk's size with its price, which a stopped server costs too; [] if unknown."""
    if not server.disk_gb:
        return []
    if server.disk_price is None:
        return [_("disk {gb} GB", gb=server.disk_gb)]
    return [_("disk {gb} GB: {price}", gb=server.disk_gb, price=monthly(server.disk_price))]


def rules_notes(rules: IdlePolicy | None) -> list[Block]:
    """Return when a server stops by itself, and how long it runs at most."""
    return [*_stops_by_itself(rules), *_longest_run(rules)]


def _stops_by_itself(rules: IdlePolicy | None) -> list[Block]:
    if rules is None or not rules.after or not rules.after_in_working_hours:
        return []
    after, longer = rules.after, rules.after_in_working_hours
    values = {"time": long_duration(after), "grace": long_duration(rules.grace)}
    if after == longer:
        text = _(
            "It stops by itself after {time} without use; you get a warning {grace} before. Its "
            "files stay.",
            **values,
        )
    else:
        text = _(
            "It stops by itself after {time} without use, in working hours after {longer}; you "
            "get a warning {grace} before. Its files stay.",
            longer=long_duration(longer),
            **values,
        )
    return [context(text)]


def _longest_run(rules: IdlePolicy | None) -> list[Block]:
    if rules is None or not rules.lifetime:
        return []
    text = _("It runs for at most {time} without a stop.", time=long_duration(rules.lifetime))
    return [context(text)]
