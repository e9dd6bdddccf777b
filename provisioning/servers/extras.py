"""The check of a creation's optional parts: keep-on time, packages, repository and guests. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from provisioning.core.errors import UserError, concerning
from provisioning.core.language import _
from provisioning.core.model.people import Share
from provisioning.core.model.policy import Policy
from provisioning.core.model.request import CreateRequest
from provisioning.core.model.server import AccessList, Server
from provisioning.notebooks.repositories import checked_repository
from provisioning.notebooks.requirements import checked_requirements
from provisioning.platforms.catalogue import Platform


def checked_extras(
    platform: Platform, request: CreateRequest, policy: Policy, lifetime: timedelta
) -> dict[str, Any]:
    """Return the fields of the server's row for the optional parts of a request.

    `lifetime` is how long the owner's servers may run without a stop; 0 is no limit.

    Raises:
        UserError: with the name of the field that is wrong.
    """
    with concerning("keep"):
        keep = _keep(request.keep, policy.idle.keep_at_most, lifetime)
    with concerning("packages"):
        packages = checked_requirements(request.packages)
    with concerning("repository"):
        repository = _repository(request.repository, policy.git.hosts)
    with concerning("share"):
        if any(person.id == request.actor.id for person in request.shares):
            raise UserError(_("You already are the owner. Share the server with another person."))
    return {
        "keep_seconds": int(keep.total_seconds()),
        "packages": tuple(packages),
        "repository": repository,
        "access_list": AccessList(version=1 if request.shares else 0),
    }


def shares_of(server: Server, request: CreateRequest) -> Sequence[Share]:
    """Return the shares of a new server, each guest once."""
    return [
        Share(server.id, person.id, person.name or person.id, server.created_at)
        for person in {person.id: person for person in request.shares}.values()
    ]


def _keep(wanted: timedelta | None, most: timedelta, lifetime: timedelta) -> timedelta:
    if wanted is not None and lifetime and wanted > lifetime:
        hours = round(lifetime / timedelta(hours=1))
        raise UserError(
            _(
                "Your servers may run for {hours} hours without a stop, so this one can't be kept "
                "on for longer. Choose a shorter time, or ask your admin for a longer limit.",
                hours=hours,
            )
        )
    if wanted is not None and wanted > most:
        hours = round(most.total_seconds() / 3600)
        raise UserError(_("A server can be kept on for at most {hours} hours ahead.", hours=hours))
    return wanted or timedelta(0)


def _repository(url: str, hosts: Sequence[str]) -> str:
    return checked_repository(url, hosts) if url.strip() else ""
