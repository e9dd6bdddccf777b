"""Tables as CSV files. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def csv_file(head: str, rows: Iterable[Sequence[object]]) -> bytes:
    """The rows as UTF-8; `head`: the columns' names, with blanks between."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(head.split())
    writer.writerows(rows)
    return file.getvalue().encode()


def harmless(value: str) -> str:
    """The value for a spreadsheet, which computes what begins so; and people choose texts."""
    return f"'{value}" if value.startswith(_RISKY) else value
