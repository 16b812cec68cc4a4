"""What is said in danger is known before anybody calls, and made before anybody calls."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from guardrails.guard import Guard
from guardrails.policy.loader import load_policy
from guardrails.redaction.redactor import redact
from providers.contracts import TTSEngine, TTSOptions
from providers.spec import ProviderSpec, Slot
from receptionist.calls.events import AlarmRaised, TurnEnded
from receptionist.calls.plan import CallPlan, CallRequest, resolve
from receptionist.calls.session import CallSession
from receptionist.guard.contract import Guards
from receptionist.guard.danger import danger_lines
from receptionist.guard.process import guards_of
from receptionist.resources import open_resources
from receptionist.settings import Settings
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, TransferLine, TransferOutcome
from receptionist.tools.lines import ScriptedLine
from tests.e2e.product import bundle, settings, started
from tests.receptionist.calls.simulation import Script, simulate
from tests.receptionist.guard.scripted_judge import ScriptedJudge, Weighs, guards

pytestmark = pytest.mark.integration

ESPEAK = ProviderSpec(id="espeak:default")
LANGUAGES = ("en", "it", "es", "fr", "de", "pt")


def plan_in(snapshot: TenantSnapshot, language: str) -> CallPlan:
    return resolve(snapshot, CallRequest(call_id="", channel="recording", language=language))


def shipped(snapshot: TenantSnapshot) -> Guards:
    policy = load_policy(cache=Settings().index_cache_dir)
    return guards_of(Guard(policy), Weighs(), snapshot.config)


@pytest.mark.parametrize("category", ["emergency", "self_harm"])
@pytest.mark.parametrize("line", [NoLine(), ScriptedLine(TransferOutcome.NO_ANSWER)])
def test_a_call_in_danger_says_nothing_that_was_not_known_before(
    demo: TenantSnapshot, question: bytes, category: str, line: TransferLine
) -> None:
    judge = ScriptedJudge(turn_words={category: "fire"})
    values = {"number": "999", "hotline": "116 123"}
    the_guards = replace(guards(judge), values=values)
    script = Script(heard=["there is a fire"])

    async def wait(session: CallSession, caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.callers_turn)
        caller.say(question)
        await caller.wait_said()
        await asyncio.sleep(20)
        session.hang_up()

    outcome = simulate(demo, script, wait, guards=the_guards, line=line)
    [alarm] = outcome.all(AlarmRaised)
    said = [
        turn.text
        for turn in outcome.all(TurnEnded)
        if turn.speaker == "assistant" and turn.start_s > alarm.at_s and not turn.interrupted
    ]
    assert said
    known = danger_lines(the_guards, plan_in(demo, "en"))
    assert set(said) <= {redact(line) for line in known}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lines_are_as_they_are_spoken_in_each_language(
    demo: TenantSnapshot, language: str
) -> None:
    lines = danger_lines(shipped(demo), plan_in(demo, language))
    assert len(lines) >= 6
    assert not [line for line in lines if any(letter in "{}0123456789" for letter in line)]


async def prepared(own: Settings, lines: Sequence[str]) -> None:
    async with AsyncExitStack() as owned:
        voice = await open_resources(own, owned).load(Slot.TTS, ESPEAK)
        assert isinstance(voice, TTSEngine)
        options = TTSOptions(language="en", rate_hz=voice.rate_hz)
        await voice.prepare(lines, options)


def phrases(own: Settings) -> set[str]:
    return {file.name for file in own.phrase_cache_dir.glob("*.pcm")}


async def test_a_process_makes_them_in_the_background_once_it_answers(tmp_path: Path) -> None:
    engines = {"tts": {"*": ESPEAK.id}, "llm": "concierge:default"}
    own = settings(tmp_path, bundle(tmp_path, engines=engines, languages=["en"]))
    async with started(own) as supervisor:
        lines = danger_lines(shipped(supervisor.snapshot), plan_in(supervisor.snapshot, "en"))
        [making] = [task for task in asyncio.all_tasks() if task.get_name() == "prepare lines"]
        async with asyncio.timeout(120):
            await making
    made = phrases(own)
    await prepared(own, lines)
    assert phrases(own) == made
    await prepared(own, ["Nobody says this in danger."])
    assert phrases(own) != made
