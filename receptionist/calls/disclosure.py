"""The proof that the caller was told what he is talking to (AI Act, Art. 50(1))."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from receptionist.calls.events import DisclosurePlayed
from receptionist.calls.timeline import Timeline
from receptionist.calls.transcript import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class _Announced:
    words: tuple[str, ...]
    language: str
    occasion: str


class Disclosures:
    """Follows each disclosure from the voice to the caller's ear.

    Args:
        timeline: Both tracks; positions are counted in samples of the assistant's.
        emit: Told of each that has been played to its end.
    """

    def __init__(self, timeline: Timeline, emit: Callable[[DisclosurePlayed], object]) -> None:
        self._timeline = timeline
        self._emit = emit
        self._announced: deque[_Announced] = deque()

    def announced(self, text: str, language: str, occasion: str) -> None:
        """`text` is about to be spoken."""
        self._announced.append(
            _Announced(words=tuple(text.split()), language=language, occasion=occasion)
        )

    def heard(self, text: str, said: Utterance) -> None:
        """The caller has heard `text` to its end; `said` knows where."""
        words = tuple(text.split())
        found = next((one for one in self._announced if one.words == words), None)
        if found is None or said.start_s is None:
            return
        self._announced.remove(found)
        rate_hz = self._timeline.rate_out_hz
        self._emit(
            DisclosurePlayed(
                at_s=round(said.end_s, 3),
                from_sample=round(said.start_s * rate_hz),
                to_sample=round(said.end_s * rate_hz),
                rate_hz=rate_hz,
                language=found.language,
                occasion=found.occasion,
            )
        )
