"""The expected time of a creation, from the creations of this installation."""

from provisioning.servers.estimates import LEAST_SEEN, expected_seconds


def test_few_creations_leave_the_times_of_the_platforms_file():
    assert expected_seconds([10.0] * (LEAST_SEEN - 1), (103, 223)) == (103, 223)


def test_enough_creations_give_the_expected_time():
    assert expected_seconds([float(n) for n in range(11)], (103, 223)) == (5, 9)


def test_a_creation_of_an_hour_moves_the_median_little():
    assert expected_seconds([60.0] * 9 + [3600.0], (103, 223))[0] == 60
