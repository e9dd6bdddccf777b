"""The limits on wrong passwords, with a clock that the test controls."""

import pytest

from provisioning.machine.notebook_identity.throttle import (
    FORGET_AFTER,
    LONGEST_WAIT,
    MOST_KEPT,
    OF_A_NAME,
    OF_A_NETWORK,
    OF_ALL,
    Attempt,
    Throttle,
)

ANA = Attempt("ana", "10.0.0.1")
ELSEWHERE = Attempt("ana", "10.0.0.2")
KNOWN = Attempt("ana", "10.0.0.1", browser="a-known-browser")


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


def fail(throttle: Throttle, times: int, attempt: Attempt = ANA) -> None:
    for _ in range(times):
        throttle.failed(attempt)


def networks(count: int) -> list[Attempt]:
    return [Attempt("ana", f"10.1.{number // 250}.{number % 250}") for number in range(count)]


def test_two_wrong_passwords_are_free_and_the_third_requires_a_wait(throttle):
    fail(throttle, 2)
    assert throttle.wait(ANA) == 0
    fail(throttle, 1)
    assert throttle.wait(ANA) == 5


def test_each_further_wrong_password_doubles_the_wait_up_to_a_limit(throttle, clock):
    waits = []
    for _ in range(12):
        throttle.failed(ANA)
        waits.append(throttle.wait(ANA))
        clock.now += waits[-1] + 10
    assert waits[:7] == [0, 0, 5, 10, 20, 40, 80]
    assert max(waits) == waits[-1] == LONGEST_WAIT


def test_no_name_is_locked_for_ever(throttle, clock):
    for _ in range(200):
        throttle.failed(ANA)
        clock.now += 1
    clock.now += OF_A_NETWORK.seconds
    assert throttle.wait(ANA) == 0


def test_the_right_password_resets_the_count(throttle):
    fail(throttle, 5)
    throttle.succeeded(ANA)
    assert throttle.wait(ANA) == 0
    fail(throttle, 2)
    assert throttle.wait(ANA) == 0


@pytest.mark.parametrize("other", [ELSEWHERE, KNOWN, Attempt("bob", "10.0.0.1")])
def test_wrong_passwords_delay_only_the_same_name_from_the_same_network(throttle, other):
    fail(throttle, 10)
    assert throttle.wait(ANA) > 0
    assert throttle.wait(other) == 0


def test_a_known_browser_is_counted_too(throttle):
    fail(throttle, 4, KNOWN)
    assert throttle.wait(KNOWN) == 10


def test_a_network_that_tries_many_names_must_wait(throttle, clock):
    for number in range(OF_A_NETWORK.most):
        throttle.failed(Attempt(f"name-{number}", "10.0.0.1"))
        clock.now += 2
    assert 0 < throttle.wait(ANA) <= OF_A_NETWORK.seconds
    assert throttle.wait(ELSEWHERE) == 0
    assert throttle.wait(KNOWN) == 0


def test_a_name_that_is_guessed_from_very_many_networks_must_wait(throttle, clock):
    for attempt in networks(OF_A_NAME.most):
        throttle.failed(attempt)
        clock.now += 2
    assert 0 < throttle.wait(ELSEWHERE) <= OF_A_NAME.seconds
    assert throttle.wait(Attempt("bob", "10.0.0.2")) == 0
    assert throttle.wait(KNOWN) == 0


def test_a_flood_delays_all_but_known_browsers_for_less_than_a_minute(throttle, clock):
    for attempt in networks(OF_ALL.most):
        throttle.failed(attempt)
    assert 0 < throttle.wait(Attempt("bob", "10.0.0.2")) <= 60
    assert throttle.wait(KNOWN) == 0
    clock.now += 60
    assert throttle.wait(Attempt("bob", "10.0.0.2")) == 0


def test_old_attempts_are_forgotten_and_memory_is_bounded(throttle, clock):
    fail(throttle, 4)
    clock.now += FORGET_AFTER + 1
    throttle.failed(ANA)
    assert throttle.wait(ANA) == 0
    for attempt in networks(2 * MOST_KEPT):
        throttle.failed(attempt)
    assert len(throttle._tries) <= MOST_KEPT
    assert len(throttle._windows) <= MOST_KEPT
