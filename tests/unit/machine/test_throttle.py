"""The limit on password attempts, with a clock that the test controls."""

import pytest

from provisioning.machine.notebook_identity.throttle import (
    FORGET_AFTER,
    LONGEST_WAIT,
    MOST_ACCOUNTS,
    MOST_FAILURES_A_MINUTE,
    Throttle,
)


class HeldClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def throttle(clock) -> Throttle:
    return Throttle(clock)


def fail(throttle: Throttle, times: int, account: str = "ana") -> None:
    for _ in range(times):
        throttle.failed(account)


def test_two_wrong_passwords_are_free_and_the_third_requires_a_wait(throttle):
    fail(throttle, 2)
    assert throttle.wait("ana") == 0
    fail(throttle, 1)
    assert throttle.wait("ana") == 5


def test_each_further_wrong_password_doubles_the_wait_up_to_a_limit(throttle, clock):
    waits = []
    for _ in range(12):
        throttle.failed("ana")
        waits.append(throttle.wait("ana"))
        clock.now += waits[-1] + 10
    assert waits[:7] == [0, 0, 5, 10, 20, 40, 80]
    assert max(waits) == waits[-1] == LONGEST_WAIT


def test_no_account_is_locked_for_ever(throttle, clock):
    for _ in range(200):
        throttle.failed("ana")
        clock.now += 1
    clock.now += LONGEST_WAIT
    assert throttle.wait("ana") == 0


def test_the_right_password_resets_the_count(throttle):
    fail(throttle, 5)
    throttle.succeeded("ana")
    assert throttle.wait("ana") == 0
    fail(throttle, 2)
    assert throttle.wait("ana") == 0


def test_one_account_does_not_delay_another(throttle):
    fail(throttle, 10, "ana")
    assert throttle.wait("bob") == 0


def test_a_flood_over_many_accounts_delays_all_for_less_than_a_minute(throttle, clock):
    for number in range(MOST_FAILURES_A_MINUTE):
        throttle.failed(f"account-{number}")
    assert 0 < throttle.wait("ana") <= 60
    clock.now += 60
    assert throttle.wait("ana") == 0


def test_old_attempts_are_forgotten_and_memory_is_bounded(throttle, clock):
    fail(throttle, 4)
    clock.now += FORGET_AFTER + 1
    throttle.failed("ana")
    assert throttle.wait("ana") == 0
    for number in range(2 * MOST_ACCOUNTS):
        throttle.failed(f"account-{number}")
    assert len(throttle._accounts) <= MOST_ACCOUNTS + 1
