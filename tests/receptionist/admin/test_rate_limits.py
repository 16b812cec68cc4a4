"""A bucket lets some requests through at once, and fills up again."""

import pytest

from receptionist.admin.errors import TooOftenError
from receptionist.admin.rate_limits import ASKERS, Rate, RateLimits
from tests.receptionist.admin.house import Clock

pytestmark = pytest.mark.unit

RATE = Rate(burst=3, per_minute=60)


def test_a_burst_is_let_through_and_the_next_is_told_when_to_come_again() -> None:
    clock = Clock()
    limits = RateLimits(clock.monotonic_s)
    for _ in range(3):
        limits.take("a", RATE)
    limits.take("b", RATE)
    with pytest.raises(TooOftenError) as refused:
        limits.take("a", RATE)
    assert refused.value.headers == {"Retry-After": "1"}
    clock.pass_by(seconds=refused.value.retry_after_s)
    limits.take("a", RATE)
    with pytest.raises(TooOftenError):
        limits.take("a", RATE)


def test_a_bucket_is_never_fuller_than_a_burst() -> None:
    clock = Clock()
    limits = RateLimits(clock.monotonic_s)
    limits.take("a", RATE)
    clock.pass_by(days=1)
    for _ in range(3):
        limits.take("a", RATE)
    with pytest.raises(TooOftenError):
        limits.take("a", RATE)


def test_more_askers_than_anybody_remembers_are_served() -> None:
    limits = RateLimits(Clock().monotonic_s)
    for number in range(ASKERS + 10):
        limits.take(str(number), RATE)
    for _ in range(3):  # the first is forgotten, and new
        limits.take("0", RATE)
