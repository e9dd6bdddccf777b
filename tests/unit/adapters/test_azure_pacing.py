"""Polling by expectation stays within Azure's buckets, and notices the end of an operation soon."""

import bisect
import math
import random

import pytest

from provisioning.adapters.azure.pacing import SHORT, USUAL_SECONDS, Pace

OPERATION, VM = (45, 15), (36, 12)
"""Compute's buckets: (tokens at once, tokens a minute) of one operation, and of one VM's reads."""


def looks(usual: float, until: float) -> list[float]:
    """Return the moments of all looks, from the first at once to the first after `until`."""
    pace, moment, found = Pace(usual, 1.0), 0.0, [0.0]
    while moment < until:
        moment += pace.pause()
        found.append(moment)
    return found


@pytest.mark.parametrize("usual", sorted({SHORT, *USUAL_SECONDS.values()}))
@pytest.mark.parametrize(("at_once", "a_minute"), [OPERATION, VM])
def test_no_look_of_an_hour_meets_an_empty_bucket(usual, at_once, a_minute):
    tokens, before = float(at_once), 0.0
    if (usual, at_once) == (SHORT, VM[0]):
        pytest.skip("no short operation is watched by reads of a VM")
    for moment in looks(usual, 3600):
        tokens = min(at_once, tokens + (moment - before) * a_minute / 60) - 1
        before = moment
        assert tokens >= 0, moment


RECORDED = {26.0: 62, 30.0: 70, 43.0: 120, 44.0: 131, 51.0: 144, 60.0: 118, 68.0: 265}
"""Half of these operations take longer than the first, a tenth longer than the second."""


@pytest.mark.parametrize("usual", USUAL_SECONDS.values())
def test_ends_as_recorded_are_noticed_a_twentieth_late_on_average(usual):
    draw, seen = random.Random(1), looks(usual, 3600)
    sigma = math.log(RECORDED[usual] / usual) / 1.2816
    ends = [draw.lognormvariate(math.log(usual), sigma) for _ in range(3000)]
    late = [seen[bisect.bisect_left(seen, end)] / end for end in ends]
    most = 1.03 if usual == 60 else 1.06 if usual < 31 else 1.05
    assert sum(late) / len(late) <= most


@pytest.mark.parametrize("usual", USUAL_SECONDS.values())
def test_few_looks_come_before_an_end_is_to_be_expected(usual):
    assert len(looks(usual, usual * 0.3)) <= 11


def test_a_faster_cloud_is_asked_at_its_own_pace():
    slow, fast = Pace(60, 1.0), Pace(60, 0.05)
    assert [fast.pause() * 20 for _ in range(30)] == pytest.approx(
        [slow.pause() for _ in range(30)]
    )
