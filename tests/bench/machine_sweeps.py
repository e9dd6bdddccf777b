"""The cleanup's sweep over real process machines, with real SSH, probes, store and rules.

A machine with its notebook server takes about 150 MB. From the `WITH_NOTEBOOK`th machine on, the
notebook server is stopped after the hand-over: the probe then reports unknown kernels, and does all
of its other work. The free memory limits the number of machines.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncssh
import psutil

from bot.config.settings import Settings
from bot.sandbox.demo import DemoConfig, bot_environment
from bot.wiring.edges import MACHINE_FOLDER
from bot.wiring.stores import Stores
from provisioning.access.installation_keys import InstallationKeys
from provisioning.access.machine_access import Reach
from provisioning.adapters.sql.database import create_database_engine
from provisioning.adapters.sql.usage import SqlUses
from provisioning.adapters.sql.watches import SqlWatches
from provisioning.adapters.ssh.host import SshHost
from provisioning.core.model.activity import Activity
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Server
from provisioning.idle.probe import MachineProbes
from provisioning.idle.sweep import Sweep, SweepConfig
from provisioning.machine.notebook_setup.server import SERVICE
from tests.bench.process_stats import MEGABYTE
from tests.bench.report import Report
from tests.bench.sweeps import QuietTeam
from tests.e2e.demo import Demo
from tests.fakes import FakeClock, no_times, unheard
from tests.uv_wheels import UV_FOLDER

WITH_NOTEBOOK = 20
AT_ONCE = 4
SIZES = (1, 10, 50, 100, 200)
FREE_MB = 4_000
READY_SECONDS = 600.0


class Machines:
    """The demo's servers, reached as the bot itself would reach them while the bot is off."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        settings = Settings(**_settings(demo))
        self.keys, layout = InstallationKeys(settings.keys_dir), settings.machine
        host = SshHost(
            self.keys.client_private_key, MACHINE_FOLDER, settings.machine, cache=UV_FOLDER
        )
        self.probes = MachineProbes(host, self.keys, layout, SweepConfig().look_budget)
        self.reach = Reach(self.keys, layout)
        self.unseen = 0

    async def probe(self, server: Server) -> Activity:
        activity = await self.probes.probe(server)
        self.unseen += activity.busy is None
        return activity

    async def stop_notebook(self, server: Server) -> None:
        access = self.reach.access(server)
        known = [asyncssh.import_public_key(access.host_public_key)]
        async with asyncssh.connect(
            access.address,
            access.port,
            username=access.user,
            known_hosts=(known, [], []),
            client_keys=[asyncssh.import_private_key(self.keys.client_private_key)],
            config=None,
            agent_path=None,
        ) as connection:
            await connection.run(f"sudo -n systemctl stop {SERVICE}", check=True)


def _settings(demo: Demo) -> dict[str, object]:
    prefix = "NOTEBOOK_BOT_"
    given = bot_environment(DemoConfig.from_environment(demo.environ))
    tree: dict[str, object] = {}
    for name, value in given.items():
        if name.startswith(prefix):
            section, _, field = name.removeprefix(prefix).lower().partition("__")
            if field:
                tree.setdefault(section, {})[field] = value
            else:
                tree[section] = value
    return tree


async def measure_machine_sweeps(report: Report, demo: Demo, most: int) -> None:
    """Measure two sweeps for each number of machines in `SIZES`, up to `most` or the memory."""
    machines, made = Machines(demo), 0
    for size in sorted({*(each for each in SIZES if each < most), most}):
        while made < size and psutil.virtual_memory().available > FREE_MB * MEGABYTE:
            made += await _make(machines, made, min(AT_ONCE, size - made))
        await _sweep(report, machines, made)
        used = sum(each.memory_full_info().uss for each in _processes(demo)) / MEGABYTE
        report.add(
            f"{made} machines: memory of their own", used, "MB", note=f"{used / made:.0f} each"
        )
        if made < size:
            report.add("machines not made for want of memory", most - made, "")
            return


async def _make(machines: Machines, made: int, count: int) -> int:
    demo, names = machines.demo, [f"sweep-{made + number:03d}" for number in range(count)]
    await asyncio.gather(*(demo.command(f"create ubuntu {name}") for name in names))
    await asyncio.gather(*(demo.hand_over(name, seconds=READY_SECONDS) for name in names))
    engine = create_database_engine(f"sqlite+aiosqlite:///{demo.folder}/bot.db")
    stores = Stores(engine)
    for number, name in enumerate(names, made):
        if number >= WITH_NOTEBOOK:
            await machines.stop_notebook(await stores.servers.find(name))
    await stores.close()
    return count


async def _sweep(report: Report, machines: Machines, count: int) -> None:
    """Measure two sweeps while the bot is off, so that it makes no probes of its own."""
    await machines.demo.kill_bot()
    engine = create_database_engine(f"sqlite+aiosqlite:///{machines.demo.folder}/bot.db")
    clock, team = FakeClock(), QuietTeam()
    clock.time = datetime.now(UTC) + timedelta(days=1)
    config = replace(SweepConfig(), look_every=timedelta(minutes=5))
    # Rules without actions, since only the probes are measured.
    policy = IdlePolicy(after=timedelta(0), unknown_after=timedelta(days=9))
    watches = SqlWatches(engine)
    sweep = Sweep(
        watches,
        SqlUses(engine),
        machines.probe,
        team,
        team,
        team,
        clock,
        policy,
        config,
        (unheard,),
        no_times,
        no_times,
    )
    for which in ("first", "next"):
        clock.advance(minutes=5)
        machines.unseen = 0
        await watches.make_due(clock.now())  # an earlier sweep may have set later times
        others = _cpu(machines.demo)
        began, cpu = time.monotonic(), time.process_time()
        probed = (await sweep.run(clock.now())).probed
        wall, cpu = time.monotonic() - began, time.process_time() - cpu
        name = f"{which} sweep of {probed} real machines"
        off = max(0, count - WITH_NOTEBOOK)
        note = (
            f"{wall / probed * 1000:.0f} ms each; {machines.unseen} unseen, {off} without Jupyter"
        )
        report.add(f"{name}: wall", wall, "s", note=note)
        report.add(f"{name}: CPU of the bot", cpu, "s", note=f"{cpu / probed * 1000:.0f} ms each")
        report.add(f"{name}: CPU of the machines", _cpu(machines.demo) - others, "s")
    rss = psutil.Process().memory_info().rss / MEGABYTE
    report.add(f"sweep of {count} real machines: RSS", rss, "MB")
    await engine.dispose()
    await machines.demo.start_bot()


def _processes(demo: Demo) -> list[psutil.Process]:
    """Return the processes of the machines."""
    found, folder = [], str(demo.folder / "machines")
    for process in demo.processes():
        with suppress(psutil.Error):
            if any(folder in word for word in (*process.cmdline(), *process.environ().values())):
                found.append(process)
    return found


def _cpu(demo: Demo) -> float:
    """Return the CPU seconds of the machines' processes, including ended children."""
    total = 0.0
    for process in _processes(demo):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total
