"""All checks by name, in the order of their lines."""

from collections.abc import Mapping

from bot.doctor import advice, azure, certificates, computer, rights, slack, storage
from bot.doctor.diagnosis import Examination

CHECKS: Mapping[str, Examination] = {
    "Slack": slack.bot_token,
    "deliveries": slack.delivery,
    "members": slack.people,
    "channels": slack.channels,
    "messages": slack.messages,
    "Azure": azure.account,
    "rights": rights.rights,
    "secret": azure.secret,
    "sizes": azure.sizes,
    "images": azure.images,
    "releases": azure.releases,
    "quotas": azure.quotas,
    "cost": azure.cost,
    "database": storage.database,
    "keys": storage.keys,
    "disks": storage.disks,
    "backups": storage.backups,
    "certificates": certificates.certificates,
    "ports": computer.ports,
    "PDF": computer.pdf,
    "package index": computer.package_index,
    "settings": advice.advice,
}
