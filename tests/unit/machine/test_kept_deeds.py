"""Members' deeds on a disk that takes nothing more."""

import pytest

from provisioning.machine.notebook_identity import kept_deeds
from provisioning.machine.notebook_identity.deeds import Ticket, parse_deeds
from provisioning.machine.notebook_identity.kept_deeds import RETRY_SECONDS, KeptDeeds
from tests.small_disks import fill, small_disk


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", 1024 * 1024) as folder:
        yield folder


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def add(deeds: KeptDeeds, cookie: str) -> None:
    with deeds.changing(lambda _: None) as changed:
        changed.sessions[cookie] = Ticket("U_ANA", "stamp", 99.0)


def test_what_a_full_disk_does_not_take_counts_all_the_same(disk):
    deeds = KeptDeeds(disk / "members.json")
    add(deeds, "first")
    fill(disk)

    add(deeds, "second")
    add(deeds, "third")

    assert set(deeds.read().sessions) == {"first", "second", "third"}
    assert set(KeptDeeds(disk / "members.json").read().sessions) == {"first"}


def test_a_disk_that_is_full_from_the_start_takes_not_even_the_lock(disk):
    fill(disk)
    deeds = KeptDeeds(disk / "members.json")
    add(deeds, "first")
    assert set(deeds.read().sessions) == {"first"}


def test_with_room_again_everything_is_written_without_another_change(disk):
    clock = Clock()
    deeds = KeptDeeds(disk / "members.json", clock)
    full = fill(disk)
    add(deeds, "first")
    full.unlink()

    clock.now = RETRY_SECONDS - 1
    deeds.read()
    assert not (disk / "members.json").exists()
    clock.now = RETRY_SECONDS
    deeds.read()

    assert set(parse_deeds((disk / "members.json").read_text()).sessions) == {"first"}
    assert set(deeds.read().sessions) == {"first"}


def test_a_full_disk_is_logged_once_and_its_end_too(disk, caplog):
    deeds = KeptDeeds(disk / "members.json")
    full = fill(disk)
    add(deeds, "first")
    add(deeds, "second")
    full.unlink()
    add(deeds, "third")
    said = [each.message for each in caplog.records if each.name == kept_deeds._log.name]
    assert len(said) == 2
    assert "No space left on device" in said[0]
    assert "written again" in said[1]


def test_reading_inside_a_change_waits_for_nothing(disk):
    clock = Clock()
    deeds = KeptDeeds(disk / "members.json", clock)
    fill(disk)
    add(deeds, "first")
    clock.now = RETRY_SECONDS
    with deeds.changing(lambda _: None):
        assert set(deeds.read().sessions) == {"first"}
