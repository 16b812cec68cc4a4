"""Who said what and when, from the audio that was really heard."""

from collections import deque
from dataclasses import dataclass

from receptionist.calls.events import Speaker, TurnEnded


@dataclass(slots=True)
class _Segment:
    """A clause of the assistant and the length of its audio."""

    text: str
    length_s: float


class Utterance:
    """What the assistant is saying: clauses with the audio made for each, in order."""

    def __init__(self, *, interruptible: bool = True) -> None:
        self.interruptible = interruptible
        self._segments: list[_Segment] = []
        self._loose_s = 0.0
        self._heard_s = 0.0
        self.start_s: float | None = None
        self.end_s = 0.0

    @property
    def audible(self) -> bool:
        """True when any audio was made for it."""
        return self._loose_s > 0 or any(segment.length_s > 0 for segment in self._segments)

    def audio(self, length_s: float) -> None:
        """Audio of the next clause was made."""
        self._loose_s += length_s

    def text(self, text: str) -> None:
        """The clause whose audio has just been made."""
        self._segments.append(_Segment(text, self._loose_s))
        self._loose_s = 0.0

    def played(self, start_s: float, end_s: float) -> None:
        """Audio was played from `start_s` to `end_s`."""
        if self.start_s is None:
            self.start_s = start_s
        self._heard_s += end_s - start_s
        self.end_s = end_s

    def words_heard(self, *, whole: bool) -> str:
        """Returns the text; up to the word that was being said when it was cut off."""
        if whole:
            return " ".join(segment.text.strip() for segment in self._segments)
        left_s, said = self._heard_s, list[str]()
        for segment in self._segments:
            words = segment.text.split()
            share = min(1.0, left_s / segment.length_s) if segment.length_s else 1.0
            said += words[: round(len(words) * share)]
            left_s -= segment.length_s
            if left_s <= 0:
                break
        return " ".join(said)


class Transcript:
    """The turns of a call, in the order they ended.

    Speech is made ahead of its playing, so several utterances may be under way: the voice works
    on the last of them while the caller hears the first.

    Attributes:
        turns: So far.
        closed: The utterance heard last.
    """

    def __init__(self) -> None:
        self.turns: list[TurnEnded] = []
        self.closed = Utterance()
        self._utterances: deque[Utterance] = deque()

    def voice_began(self, *, interruptible: bool) -> None:
        """The voice begins an utterance."""
        self._utterances.append(Utterance(interruptible=interruptible))

    def voice_ended(self) -> None:
        """The voice has made all of an utterance; one without a sound is forgotten."""
        if self._utterances and not self._utterances[-1].audible:
            self._utterances.pop()

    @property
    def made(self) -> Utterance:
        """The utterance the voice is making; one of no consequence when it was cut off."""
        return self._utterances[-1] if self._utterances else Utterance()

    @property
    def heard(self) -> Utterance:
        """The utterance the caller is hearing; one of no consequence when it was cut off."""
        return self._utterances[0] if self._utterances else Utterance()

    @property
    def under_way(self) -> int:
        """Number of utterances begun and not yet heard to their end."""
        return len(self._utterances)

    def caller_said(self, text: str, start_s: float, end_s: float) -> TurnEnded:
        """Appends a turn of the caller."""
        return self._append("caller", text, start_s, end_s)

    def assistant_stopped(self) -> TurnEnded | None:
        """Closes the utterance that has been heard to its end."""
        return self._close(self._utterances.popleft(), whole=True) if self._utterances else None

    def assistant_cut_off(self) -> TurnEnded | None:
        """Closes the utterance that was being heard and drops those behind it.

        What must be heard to its end (the disclosure) goes on; None then.
        """
        first = self._utterances[0] if self._utterances else None
        self._utterances = deque(said for said in self._utterances if not said.interruptible)
        return self._close(first, whole=False) if first and first.interruptible else None

    @property
    def must_finish(self) -> bool:
        """True while something is said that no voice may cut off."""
        return any(not said.interruptible for said in self._utterances)

    def _close(self, said: Utterance, *, whole: bool) -> TurnEnded | None:
        self.closed = said
        text = said.words_heard(whole=whole)
        if said.start_s is None or not text:
            return None
        return self._append("assistant", text, said.start_s, said.end_s, interrupted=not whole)

    def _append(
        self,
        speaker: Speaker,
        text: str,
        start_s: float,
        end_s: float,
        *,
        interrupted: bool = False,
    ) -> TurnEnded:
        turn = TurnEnded(
            index=len(self.turns),
            speaker=speaker,
            text=text,
            start_s=round(start_s, 3),
            end_s=round(end_s, 3),
            interrupted=interrupted,
        )
        self.turns.append(turn)
        return turn
