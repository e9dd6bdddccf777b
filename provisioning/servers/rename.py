"""A name for a server that comes back, where somebody may have its own by now."""

from itertools import count

from provisioning.core.model.names import MAX_LENGTH
from provisioning.core.ports.store import Store


async def free_name(store: Store, name: str) -> str:
    """The name, or the first of `name-2`, `name-3` ... that no live server has."""
    for number in count(1):
        ending = "" if number == 1 else f"-{number}"
        wanted = name[: MAX_LENGTH - len(ending)].rstrip("-") + ending
        found = await store.find(wanted)
        if found is None or not found.status.is_live:
            return wanted
    raise AssertionError  # numbers don't end
