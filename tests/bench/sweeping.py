"""One process that sweeps a database once, when it is told to: `sweeping.py URL SIZE`."""

import asyncio
import sys

from provisioning.adapters.sql.database import create_database_engine
from tests.bench.sweeps import sweep_of
from tests.fakes import FakeClock


async def main(url: str, size: int) -> None:
    """Sweep after a line on stdin, and print the number of probed servers."""
    engine = create_database_engine(url)
    clock = FakeClock()
    clock.advance(minutes=5)
    sweep = sweep_of(engine, clock, size, look_seconds=0)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print((await sweep.run(clock.now())).probed, flush=True)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
