"""The disk of a process machine: what its programs report, and how its file system follows."""

import json
import shlex
import sys

from bot.sandbox.machines.port import MachineSpec
from tests.integration.machine.jupyter_server import MACHINE
from tests.integration.sandbox_machines.small_machines import Machine, Place

SUSE = "SUSE:opensuse-leap-15-6:gen2"
WINDOWS = "MicrosoftWindowsServer:WindowsServer:2025-datacenter-azure-edition"
GIB = 1024**3
DF = "df --block-size=1 --output=size,used,avail /"
GROW = (
    f"import sys; sys.path.insert(0, {str(MACHINE)!r}); from pathlib import Path; "
    "from notebook_setup.disk_growth import LinuxDiskGrowth; LinuxDiskGrowth().grow(Path('/home'))"
)


async def space(machine: Machine) -> list[int]:
    """Return size, used and free."""
    done = await machine.run(DF, check=True)
    return [int(word) for word in str(done.stdout).splitlines()[-1].split()]


async def enlarge(place: Place, name: str, gb: int) -> None:
    await place.machines.stop(name)
    await place.machines.grow_disk(name, gb)
    await place.machines.start(name)


async def grow_by_program(machine: Machine) -> None:
    done = await machine.run(shlex.join((sys.executable, "-I", "-c", GROW)))
    assert done.exit_status == 0, done.stderr


async def test_a_file_fills_the_disk_by_its_length(place):
    machine = await place.create()
    size, used, free = await space(machine)
    assert (size, used + free) == (30 * GIB, 30 * GIB)
    await machine.run("truncate -s 20G $HOME/big.bin", check=True)
    assert (await space(machine))[1] - used >= 20 * GIB


async def test_ubuntu_fills_a_larger_disk_at_its_boot_and_the_program_finds_nothing_to_do(place):
    machine = await place.create()
    await enlarge(place, "one", 64)
    assert (await space(machine))[0] == 64 * GIB
    await grow_by_program(machine)
    assert (await space(machine))[0] == 64 * GIB


async def test_opensuse_needs_the_program(place):
    machine = await place.create(image=SUSE)
    await enlarge(place, "one", 64)
    assert (await space(machine))[0] == 30 * GIB
    await grow_by_program(machine)
    assert (await space(machine))[0] == 64 * GIB


async def test_windows_needs_the_script(place):
    address = place.machines.allocate_address(frozenset())
    spec = MachineSpec("win", "win", "windows", WINDOWS, "azureuser", (), b"", address, "", 128)
    await place.machines.create(spec)
    await enlarge(place, "win", 256)
    script = f"powershell.exe -File {MACHINE / 'assets/windows/grow_disk.ps1'} -Letter C"
    ask = "(Get-Partition -DriveLetter C).Size"
    before = await place.machines.run_command("win", ask)
    for _ in range(2):
        done = await place.machines.run_command("win", script)
        assert (done.exit_code, done.stderr) == (0, "")
    after = await place.machines.run_command("win", ask)
    assert int(before.stdout) == 127 * GIB
    assert int(after.stdout) == 256 * GIB


async def test_the_probes_script_reports_windows_drive(place):
    address = place.machines.allocate_address(frozenset())
    spec = MachineSpec("win", "win", "windows", WINDOWS, "azureuser", (), b"", address, "", 128)
    await place.machines.create(spec)
    script = f"powershell.exe -File {MACHINE / 'assets/windows/activity.ps1'} -User azureuser"
    done = await place.machines.run_command("win", script)
    assert (done.exit_code, done.stderr) == (0, "")
    disk = json.loads(done.stdout)["disk"]
    assert disk["size"] == 127 * GIB
    assert 0 < disk["free"] < disk["size"]
