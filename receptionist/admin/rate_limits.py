"""How many requests one asker may make in this process: a bucket that fills up again."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from receptionist.admin.errors import TooOftenError

ASKERS = 10_000
"""Those that asked longest ago are forgotten: their buckets are full again anyway, or nearly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many requests at once, and how many in a minute."""

    burst: int
    per_minute: int


STRANGERS = Rate(burst=60, per_minute=60)
"""An address, for all that is asked without having shown who one is."""
KNOWN = Rate(burst=300, per_minute=1200)
"""An account or a key: a page that loads asks for a dozen things."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


class RateLimits:
    """The buckets.

    Args:
        now_s: Reads a clock that never goes back.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, asker: str, rate: Rate) -> None:
        """Counts a request.

        Raises:
            TooOftenError: there were too many.
        """
        now_s, per_s = self._now_s(), rate.per_minute / 60
        bucket = self._buckets.pop(asker, None) or _Bucket(left=rate.burst, at_s=now_s)
        bucket.left = min(rate.burst, bucket.left + (now_s - bucket.at_s) * per_s)
        bucket.at_s = now_s
        self._buckets[asker] = bucket
        if len(self._buckets) > ASKERS:
            self._buckets.popitem(last=False)
        if bucket.left < 1:
            wait = ceil((1 - bucket.left) / per_s)
            raise TooOftenError(
                f"Too many requests; try again in {wait} seconds.", retry_after_s=wait
            )
        bucket.left -= 1
