"""What of the audio that was sent the caller has heard: a clock-free state machine.

Audio is sent ahead, so that a late loop makes no hole, and a carrier plays it when it comes to it.
Without marks it is heard as long after it was sent as it lasts; a mark that comes back says so.
"""

from collections import deque
from dataclasses import dataclass

MARK_EVERY_S = 0.2
LOST_MARK_S = 1.5
"""A mark that is so late will not come back; the clock is believed instead."""
_MOST_DELAY_S = 1.0


@dataclass(slots=True, kw_only=True)
class _Sent:
    """A chunk: when it will have been heard by the clock, and the mark behind it (0 for none)."""

    end_s: float
    mark: int


class Playout:
    """Follows one stream.

    Args:
        has_marks: Whether marks come back.
    """

    def __init__(self, *, has_marks: bool) -> None:
        self._has_marks = has_marks
        self._sent: deque[_Sent] = deque()
        self._end_s = 0.0
        self._delay_s = 0.0
        self._marks = 0
        self._unmarked_s = 0.0

    def __len__(self) -> int:
        """Returns how many chunks have not been heard."""
        return len(self._sent)

    def ahead_s(self, now_s: float) -> float:
        """Returns how much has been sent that is still to be played."""
        return max(0.0, self._end_s - now_s)

    def sent(self, length_s: float, now_s: float) -> str:
        """Takes note of a chunk; returns the mark to send behind it, empty for none."""
        idle = self._end_s <= now_s
        self._end_s = max(self._end_s, now_s) + length_s
        self._unmarked_s += length_s
        mark = 0
        # The first chunk is marked: it tells how long the way is.
        if self._has_marks and (idle or self._unmarked_s >= MARK_EVERY_S - 1e-6):
            self._marks += 1
            self._unmarked_s = 0.0
            mark = self._marks
        self._sent.append(_Sent(end_s=self._end_s, mark=mark))
        return str(mark) if mark else ""

    def marked(self, name: str, now_s: float) -> int:
        """Returns how many chunks have been heard now that a mark has come back."""
        if not name.isdecimal():
            return 0
        mark = int(name)
        heard = next((i + 1 for i, chunk in enumerate(self._sent) if chunk.mark == mark), 0)
        if heard:
            late_s = now_s - self._sent[heard - 1].end_s
            self._delay_s = min(max(late_s, 0.0), _MOST_DELAY_S)
            for _ in range(heard):
                self._sent.popleft()
        return heard

    def heard(self, now_s: float) -> int:
        """Returns how many more chunks have been heard by the clock."""
        heard = 0
        while self._sent and now_s >= self._due_s(self._sent[0]):
            self._sent.popleft()
            heard += 1
        return heard

    def due_s(self) -> float | None:
        """Returns when to ask `heard` again; None while nothing is outstanding."""
        return self._due_s(self._sent[0]) if self._sent else None

    def cleared(self) -> None:
        """Forgets what was sent: it will not be played. Marks of it that come back mean nothing."""
        self._sent.clear()
        self._end_s = 0.0
        self._unmarked_s = 0.0

    def _due_s(self, chunk: _Sent) -> float:
        # A chunk with a mark behind it waits for the mark, and all that comes after it as well.
        return chunk.end_s + (LOST_MARK_S if chunk.mark else self._delay_s)
