"""Tables as CSV files. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def csv_file(head: str, rows: Iterable[Sequence[object]]) -> bytes:
    """Return the rows as CSV in UTF-8. `head` has the names of the columns with blanks between."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(head.split())
    writer.writerows(rows)
    return file.getvalue().encode()


def harmless(value: str) -> str:
    """Return a text with a quote in front where a spreadsheet would read the text as a formula."""
    return f"'{value}" if value.startswith(_RISKY) else value
