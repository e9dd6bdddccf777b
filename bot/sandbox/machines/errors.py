"""The error for a kind of machine that this computer can't have."""


class MachinesError(Exception):
    """The kind of machine can't be used here; the message says why and what to do."""
