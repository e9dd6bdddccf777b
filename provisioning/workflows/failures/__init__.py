"""The end of each workflow that has failed for good (docs/decisions/endings.md)."""
