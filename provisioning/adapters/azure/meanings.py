"""What a row of the tables of Azure's error codes says. Data only."""

from dataclasses import dataclass
from enum import StrEnum

from provisioning.core.language import N_, Text

QUOTA_PAGE = "https://portal.azure.com/#view/Microsoft_Azure_Capacity/QuotaMenuBlade/~/myQuotas"


class Kind(StrEnum):
    """How the bot takes a code. `SETUP` is a wrong setting or right, which an admin can fix."""

    PERMANENT = "permanent"
    NOT_YET = "not_yet"
    SETUP = "setup"


@dataclass(frozen=True)
class Meaning:
    """One row of a table.

    - `sentence` is what it means for the member, without the name of a setting.
    - `remedy`, of the kind `SETUP` only, is what an admin does about it.
    - `retry_in` is in seconds, of the kind `NOT_YET`.
    - `code` is the bot's own word for several codes of Azure; "" keeps Azure's code.

    Both texts may name `{operation}`, `{size}`, `{region}`, `{resource_group}`, what `details.py`
    finds in the message, and the words of `CONSTANTS`.
    """

    kind: Kind
    sentence: Text
    retry_in: float = 5.0
    remedy: Text | None = None
    code: str = ""


def setting(field: str) -> str:
    """Return the environment variable of a setting in the section `azure`."""
    return f"NOTEBOOK_BOT_AZURE__{field.upper()}"


CONSTANTS = {
    "quota_page": QUOTA_PAGE,
    **{
        f"set_{field}": setting(field)
        for field in (
            *("region", "other_regions", "resource_group", "subscription_id", "tenant_id"),
            *("management_url", "authority", "ca_file", "tags"),
        )
    },
}
"""Words of the sentences that are always the same."""


def permanent(sentence: Text) -> Meaning:
    """Return a row that ends the attempt."""
    return Meaning(Kind.PERMANENT, sentence)


def not_yet(sentence: Text, retry_in: float = 5.0) -> Meaning:
    """Return a row after which the bot tries again."""
    return Meaning(Kind.NOT_YET, sentence, retry_in)


def setup(code: str, sentence: Text, remedy: Text) -> Meaning:
    """Return a row that only an admin can mend; `code` is one of the core's `NEEDS_ADMIN`."""
    return Meaning(Kind.SETUP, sentence, remedy=remedy, code=code)


UNREADABLE = not_yet(N_("Azure's answer could not be read"), 5.0)
"""For an answer that is not Azure Resource Manager's: a proxy's page, half a body, no body."""
