"""Why machines of a kind can't be had on this computer."""


class MachinesError(Exception):
    """The kind of machine can't be used here; the message says why and what to do."""
