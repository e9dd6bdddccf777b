"""How full the disk is, and what takes most of it, as the probe reports it."""

import pytest

from provisioning.machine.notebook_setup.disk_growth import _PARTITION
from provisioning.machine.notebook_setup.disk_use import disk_use, largest, space_on_linux
from provisioning.machine.notebook_setup.errors import SetUpError
from tests.small_disks import MIB, small_disk

PLENTY, SCARCE = {"size": 100, "used": 79, "free": 21}, {"size": 100, "used": 80, "free": 20}


@pytest.fixture
def home(tmp_path):
    files = {
        "work/data/2025/big.bin": 5000,
        "work/data/small.bin": 50,
        "work/model.pt": 4000,
        "work/empty.txt": 0,
        ".cache/pip/wheel": 3000,
        ".local/share/Trash/files/old.bin": 2000,
        ".local/lib/x.py": 10,
    }
    for name, size in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    (tmp_path / "work/loop").symlink_to(tmp_path)
    return tmp_path


def test_the_largest_are_named_as_the_file_browser_shows_them_and_the_trash_apart(home):
    found = largest(home, home / "work")
    assert found[:4] == [
        ("data", 5050),
        ("model.pt", 4000),
        ("~/.cache", 3000),
        ("~/.local/share/Trash", 2000),
    ]


def test_no_link_is_followed(home):
    assert sum(dict(largest(home, home / "work")).values()) < 20_000


def test_the_search_ends_in_time_with_what_it_has_found(home):
    names = [name for name, _bytes in largest(home, home / "work", seconds=0)]
    assert names[0] == "model.pt"
    assert "data" not in names


def test_a_disk_with_room_is_not_searched(home):
    assert disk_use(home, home / "work", lambda: PLENTY) == {**PLENTY, "largest": []}


def test_a_disk_that_is_nearly_full_is_searched(home):
    found = disk_use(home, home / "work", lambda: SCARCE)
    assert found["largest"][0] == ("data", 5050)


def test_a_home_that_is_gone_is_no_failure(tmp_path):
    assert disk_use(tmp_path / "no", tmp_path / "no/work", lambda: SCARCE)["largest"] == []


@pytest.mark.parametrize("error", [SetUpError("df is gone"), OSError(5, "I/O"), ValueError("?")])
def test_what_can_not_be_known_is_none(home, error):
    def space():
        raise error

    assert disk_use(home, home / "work", space) is None


def test_df_tells_the_size_of_a_real_file_system(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        (disk / "file").write_bytes(b"x" * 6 * MIB)
        found = space_on_linux(disk)
    assert found == {"size": 24 * MIB, "used": 6 * MIB, "free": 18 * MIB}


@pytest.mark.parametrize(
    ("device", "disk", "number"),
    [
        ("/dev/sda1", "/dev/sda", "1"),
        ("/dev/sda14", "/dev/sda", "14"),
        ("/dev/nvme0n1p4", "/dev/nvme0n1", "4"),
        ("/dev/vda", "/dev/vda", ""),
        ("/dev/nvme0n1", "/dev/nvme0n1", ""),
    ],
)
def test_a_partition_is_told_from_its_disk(device, disk, number):
    found = _PARTITION.fullmatch(device)
    assert (found["disk"], found["number"]) == (disk, number)


@pytest.mark.parametrize("device", ["overlay", "/dev/mapper/root", "tmpfs", "/dev/sda1[/@]"])
def test_a_file_system_on_no_disk_is_not_touched(device):
    assert _PARTITION.fullmatch(device) is None
