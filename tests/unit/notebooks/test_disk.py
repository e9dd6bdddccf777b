"""When an owner hears that a disk is nearly full: once for each level, until it was below."""

from datetime import UTC, datetime, timedelta

import pytest

from provisioning.core.model.machine import DiskUse, DiskWarning
from provisioning.notebooks.disk import warning_after

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def full(percent: int) -> DiskUse:
    return DiskUse(100, percent, 100 - percent)


def told(level: int) -> DiskWarning:
    return DiskWarning(NOW - timedelta(hours=1), level, told=True)


@pytest.mark.parametrize(
    ("before", "percent", "level"),
    [
        (None, 84, None),
        (None, 85, 85),
        (None, 94, 85),
        (None, 95, 95),
        (None, 100, 95),
        (85, 95, 95),
    ],
)
def test_a_level_that_is_reached_is_told(before, percent, level):
    found = warning_after(told(before) if before else None, full(percent), NOW)
    assert found == (DiskWarning(NOW, level) if level else None)


@pytest.mark.parametrize(("level", "percent"), [(85, 85), (85, 94), (85, 84), (95, 99), (95, 94)])
def test_a_level_that_was_told_is_not_told_again(level, percent):
    assert warning_after(told(level), full(percent), NOW) == told(level)


@pytest.mark.parametrize(("level", "percent"), [(85, 83), (95, 83), (95, 10)])
def test_a_disk_that_is_clearly_below_may_be_told_of_again(level, percent):
    assert warning_after(told(level), full(percent), NOW) is None


def test_between_the_levels_only_the_higher_one_may_be_told_again():
    below = warning_after(told(95), full(93), NOW)
    assert below == DiskWarning(NOW, 85, told=True)
    assert warning_after(below, full(95), NOW) == DiskWarning(NOW, 95)


def test_a_file_system_that_keeps_some_for_root_is_full_when_members_can_write_nothing():
    assert DiskUse(size=100, used=95, free=0).percent == 100
    assert DiskUse(size=0, used=0, free=0).percent == 0
