"""The state of one running call: what was heard, what is owed, what is due next.

The pipeline's taps report what happens; the session asks what to do. Nothing here waits.
"""

import asyncio
from collections.abc import Callable
from typing import Literal

from receptionist.calls.disclosure import Disclosures
from receptionist.calls.events import AssistantSpeaks, CallerHeard, CallEvent
from receptionist.calls.latency import LatencyMeter
from receptionist.calls.timeline import Timeline
from receptionist.calls.transcript import Transcript
from receptionist.calls.turns import DeadAir, SilenceLadder
from receptionist.calls.unfinished import sentences_after
from receptionist.tenants.config import Patience
from receptionist.tools.contract import ToolContext

FILLERS = 2
"""Fillers while an answer is late; after these the caller is told that something is wrong."""


class Conversation:
    """Follows one call.

    Attributes:
        timeline: Both audio tracks.
        transcript: The turns so far.
        disclosures: Prove that the caller was told what he is talking to.
        changed: Set whenever something that is due may have moved.
        interruptions: How often the assistant was told to stop speaking.
        farewell_mark: Where the assistant's last words begin (see `mark`); None before.
    """

    def __init__(
        self,
        timeline: Timeline,
        patience: Patience,
        tools: ToolContext,
        emit: Callable[[CallEvent], None],
    ) -> None:
        self.timeline = timeline
        self.transcript = Transcript()
        self.disclosures = Disclosures(timeline, emit)
        self.changed = asyncio.Event()
        self.silence = SilenceLadder(patience.reask_after_ms)
        self.dead_air = DeadAir(patience.dead_air_ms, FILLERS)
        self.farewell_mark: int | None = None
        self.assistant_speaking = False
        self.caller_speaking = False
        self.interruptions = 0
        self.last_frame_s = self.clock_s()
        self._latency = LatencyMeter()
        self._tools = tools
        self._emit = emit
        self._caller_start_s: float | None = None
        self._unheard_start_s: float | None = None
        self._voice_stop_s = 0.0
        self._reply = ""
        self._reply_mark: int | None = None
        self._reply_replaced = False
        self._rest = ""
        self._was_owed = False
        self._utterances_ended = 0
        self._filled_turn = -2
        self._waiters: list[asyncio.Future[None]] = []

    def clock_s(self) -> float:
        """Returns the loop's time; what is due is measured on it."""
        return asyncio.get_running_loop().time()

    # --- the caller -------------------------------------------------------------------------

    def caller_frame(self, pcm: bytes) -> None:
        """Audio of the caller arrived."""
        self.timeline.caller_frame(pcm)
        self.last_frame_s = self.clock_s()

    def voice_started(self, late_s: float) -> None:
        """Voice activity began `late_s` ago."""
        if self._caller_start_s is None:
            self._caller_start_s = max(0.0, self.timeline.now_s - late_s)
        self._unheard_start_s = None
        self.caller_speaking = True
        self.silence.pauses()
        self._was_owed = self._was_owed or (self.dead_air.waiting and not self.dead_air.kept)
        self.dead_air.answered()
        self._latency.dropped()
        self._change()

    def voice_stopped(self) -> None:
        """Voice activity ended."""
        self.caller_speaking = False
        self._voice_stop_s = self.timeline.now_s
        self._latency.voice_stopped(self.timeline.now_s)

    def transcribed(self, text: str, *, final: bool) -> None:
        """The recogniser heard something; a blank says that it was no speech."""
        if final:
            self._latency.transcribed(self.timeline.now_s)
        if text.strip():
            self._emit(CallerHeard(text=text))

    def caller_turn_ended(self, text: str) -> None:
        """The caller's turn is over; `text` is empty when it was no speech."""
        now_s = self.clock_s()
        start_s, self._caller_start_s = self._caller_start_s, None
        if start_s is None:  # late words belong to the speech whose turn has ended without any
            start_s = self._unheard_start_s
        self._unheard_start_s = None if text.strip() else start_s
        self.caller_speaking = False
        if words := text.strip():
            self._turn_with_words(words, start_s, now_s)
        elif not (self.assistant_speaking or self.dead_air.endless):
            self.silence.waits(now_s)
        self._change()

    def _turn_with_words(self, text: str, start_s: float | None, now_s: float) -> None:
        spoken = start_s is not None
        start_s = self.timeline.now_s if start_s is None else start_s
        end_s = self.timeline.speech_end_s(start_s, max(start_s, self._voice_stop_s))
        turn = self.transcript.caller_said(text, start_s, end_s)
        self._emit(turn)
        if spoken:  # from keys and written words there is no wait of an ear to measure
            self._latency.turn_ended(turn.index, end_s, self.timeline.now_s)
        self._rest, self._was_owed = "", False
        self._reply = ""  # what is heard from now on, a filler, is not that answer
        self.silence.answered()
        self.silence.pauses()
        # His wait began with his last sound, before it was decided that his turn was over.
        self.dead_air.waits(now_s - (self.timeline.now_s - end_s))

    @property
    def callers_turn(self) -> bool:
        """True while everything has been said and answered and the caller may speak."""
        return self.silence.deadline_s is not None and not self.transcript.under_way

    @property
    def caller_has_floor(self) -> bool:
        """True from the caller's first sound until his turn is over."""
        return self._caller_start_s is not None

    async def when(self, holds: Callable[[], bool]) -> None:
        """Waits until `holds` is true; it is asked whenever the conversation changes."""
        while not holds():
            change = asyncio.get_running_loop().create_future()
            self._waiters.append(change)
            await change

    def _change(self) -> None:
        self.changed.set()
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def take_unfinished(self) -> tuple[str, bool]:
        """Returns what a noise cut off: the text still to be said, and whether an answer is owed.

        Asked once, after a turn of the caller that had no words.
        """
        rest, owed = self._rest, self._was_owed
        self._rest, self._was_owed = "", False
        return rest, owed

    @property
    def turn(self) -> int:
        """Index of the caller's last turn; -1 before his first."""
        turns = reversed(self.transcript.turns)
        return next((turn.index for turn in turns if turn.speaker == "caller"), -1)

    @property
    def caller_turns(self) -> int:
        """How many turns the caller has had."""
        return sum(turn.speaker == "caller" for turn in self.transcript.turns)

    # --- the assistant ----------------------------------------------------------------------

    def reply_began(self) -> None:
        """The brain began a reply."""
        self._reply, self._reply_replaced = "", False
        self.silence.pauses()

    def reply_text(self, text: str) -> None:
        """The brain gave text."""
        self._latency.text(self.timeline.now_s)
        if not self._reply:
            self._reply_mark = self.mark()
        if not self._reply_replaced:
            self._reply += text
        if self._tools.ending and self.farewell_mark is None:
            self.farewell_mark = self.mark()

    def reply_replaced(self, said: str) -> None:
        """A gate let only `said` through; the rest is never said again."""
        self._reply, self._reply_replaced = said, True

    def reply_broken(self, held: int) -> Literal["unsaid", "sounding", "heard"]:
        """The brain failed in the middle of its reply; another begins anew.

        Args:
            held: Characters at the end of the reply that nobody will hear.

        Returns:
            Whether any of it was given to the voice, and whether that is over.
        """
        released = bool(self._reply[: len(self._reply) - held].strip())
        self._reply = ""
        if not released:
            return "unsaid"
        self.dead_air.waits(self.clock_s())  # what was heard counted as the answer
        over = self._reply_mark is not None and self.said_since(self._reply_mark)
        return "heard" if over else "sounding"

    def holds(self, *, waiting: bool, kept: bool = False, line: str = "filler") -> None:
        """A person is being fetched: the caller is kept company, and asked nothing."""
        self._reply = ""
        self.silence.pauses()
        self.dead_air.holds(self.clock_s() if waiting else None, kept=kept, line=line)
        self._change()

    def may_fill(self) -> bool:
        """Asks to say a filler because an answer is late; never on two turns in a row."""
        turn = self.caller_turns
        if turn - self._filled_turn < 2:
            return False
        self._filled_turn = turn
        return True

    def reply_ended(self) -> None:
        """The brain has said all it has to say.

        A brain that said goodbye first and then ended the call has nothing to add.
        """
        if self._tools.ending and self.farewell_mark is None and not self._reply:
            self.farewell_mark = self._reply_mark
            self._change()

    def clause_made(self, text: str) -> None:
        """Audio of a clause is made and will be played next."""
        self.transcript.made.text(text)
        self._emit(AssistantSpeaks(text=text))

    def assistant_heard(self, pcm: bytes) -> None:
        """Audio of the assistant was played."""
        end_s, audible_s = self.timeline.assistant_chunk(pcm)
        length_s = len(pcm) / 2 / self.timeline.rate_out_hz
        self.transcript.heard.played(end_s - length_s, end_s)
        if audible_s is None:
            return
        if self._reply:
            self.dead_air.answered()
        if measured := self._latency.audible(audible_s):
            self._emit(measured)

    def assistant_started(self) -> None:
        """The assistant began to speak."""
        self.assistant_speaking = True
        self.silence.pauses()
        self.dead_air.pauses()
        self._change()

    def assistant_stopped(self) -> None:
        """The assistant has finished, or was cut off (`interrupted` came first)."""
        self.assistant_speaking = False
        self._utterances_ended += 1
        if turn := self.transcript.assistant_stopped():
            self._emit(turn)
            self.disclosures.heard(turn.text, self.transcript.closed)
        now_s = self.clock_s()
        if self.dead_air.waiting or self.dead_air.endless:
            self.dead_air.filled(now_s)
        elif not self.caller_speaking:
            self.silence.waits(now_s)
        self._change()

    def mark(self) -> int:
        """Returns a mark that `said_since` measures from: behind all that is being said now."""
        return self._utterances_ended + self.transcript.under_way

    def said_since(self, mark: int) -> bool:
        """True when something that was begun after `mark` has been heard to its end."""
        return self._utterances_ended > mark

    def ends_here(self) -> None:
        """What is being said now are the last words of the call."""
        self.farewell_mark = self.mark() - 1
        self._change()

    def interrupted(self) -> None:
        """The caller's voice cut the assistant off."""
        if turn := self.transcript.assistant_cut_off():
            self._emit(turn)
            self._rest = sentences_after(self._reply or turn.text, turn.text)
        self.assistant_speaking = self.transcript.must_finish
        self.interruptions += 1
        self._change()
