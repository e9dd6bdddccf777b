"""`python -m tests.bench [--quick] [--creations N]`."""

import argparse
import asyncio
from pathlib import Path

from tests.bench.measures import measure
from tests.bench.report import Report


def main() -> None:
    """Measure, print, write bench.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small counts, to try the script")
    parser.add_argument("--creations", type=int, default=50, help="servers made at once")
    options = parser.parse_args()
    acks, at_once = (200, 50) if options.quick else (2000, 500)
    creations = 3 if options.quick else options.creations
    report = Report()
    try:
        asyncio.run(measure(report, acks=acks, at_once=at_once, creations=creations))
    finally:
        report.write(Path("bench.json"))


if __name__ == "__main__":
    main()
