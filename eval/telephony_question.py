"""Questions asked over a line that loses packets, and whether they are answered."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.questions import ENGLISH, Question
from eval.speech import CallerVoices
from eval.telephony_audio import RATE_HZ, mulaw
from eval.telephony_calls import placed
from eval.telephony_edge import until
from eval.telephony_node import free_port
from eval.telephony_phone import RawPhone
from providers.models.store import ModelStore
from receptionist.calls.session import CallSession
from receptionist.settings import Settings
from receptionist.supervisor import Supervisor
from receptionist.telephony.memory import CallerAudio
from receptionist.telephony.recording import Manners, Recording, converse
from receptionist.telephony.sip.serving import answering

LOSSES = (0.0, 0.05, 0.20)
QUESTIONS = ENGLISH[:6]
RTP_PORTS = "26000-26998"
ANSWER_S = 10.0


async def questions(settings: Settings) -> dict[str, Any]:
    """How many of six questions are answered right, of each share of lost packets."""
    voices = CallerVoices(ModelStore(settings.models_dir))
    turns = [
        Recording(
            path=Path(question.text),
            rate_hz=RATE_HZ,
            pcm=voices.say(voices.ENGLISH[number % 3], question.text),
        )
        for number, question in enumerate(QUESTIONS)
    ]
    served = settings.model_copy(
        update={"sip": True, "sip_port": free_port(), "rtp_ports": RTP_PORTS}
    )
    supervisor = await Supervisor.start(served, spoken=("en",))
    try:
        async with answering(supervisor):
            return {
                f"{loss:.0%}": {"asked": len(turns), "answered_right": await _asked(
                    supervisor, turns, loss
                )}
                for loss in LOSSES
            }  # fmt: skip
    finally:
        await supervisor.close()


async def _asked(supervisor: Supervisor, turns: Sequence[Recording], loss: float) -> int:
    caller = CallerAudio(RATE_HZ)

    def say(_number: int) -> bytes:
        return mulaw(np.frombuffer(caller.next_frame(), np.int16).astype(np.float64))

    address = ("127.0.0.1", supervisor.settings.sip_port)
    async with await RawPhone.at(address) as phone:
        call = await placed(phone, "demo", sound=say, loss=loss)
        try:
            session = await _session_of(supervisor)
            await converse(turns, caller, session.conversation, Manners())
        finally:
            await call.end()
            # The next caller's session is looked for among those that run.
            await until(lambda: not supervisor.active, within_s=ANSWER_S)
    told = [t.text for t in session.conversation.transcript.turns if t.speaker == "assistant"]
    return sum(_is_answered(question, told) for question in QUESTIONS)


def _is_answered(question: Question, told: Sequence[str]) -> bool:
    return any(map(question.answered_by, told))


async def _session_of(supervisor: Supervisor) -> CallSession:
    await until(lambda: bool(supervisor.active), within_s=ANSWER_S)
    return next(iter(supervisor.active.values()))
