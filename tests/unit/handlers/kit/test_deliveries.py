"""The memory of Slack's deliveries."""

from handlers.kit.deliveries import KEPT_SECONDS, Recent


class Time:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_repeated_delivery_gets_the_first_result():
    recent = Recent()
    made = []
    for _ in range(3):
        value, _ = recent.once("trigger", lambda: made.append(1) or len(made))
        assert value == 1
    assert made == [1]


def test_other_deliveries_are_new():
    recent = Recent()
    assert recent.is_new("a", None)
    assert recent.is_new("b", None)
    assert not recent.is_new("a", None)


def test_a_delivery_is_forgotten_when_slack_can_no_longer_repeat_it():
    time = Time()
    recent = Recent(time)
    recent.is_new("a", None)
    time.now = KEPT_SECONDS / 2
    recent.is_new("b", None)
    time.now = KEPT_SECONDS + 1
    assert recent.is_new("c", None)
    assert len(recent) == 2
    assert recent.is_new("a", None)
