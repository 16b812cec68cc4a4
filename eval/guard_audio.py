"""What a telephone line takes from the guard.

python -m eval.guard_audio [en it ...] [--half sealed] [--sample 15] [--heard FOLDER] [--json]

Emergencies and requests for a human are spoken by local voices, sent over an 8 kHz mu-law line, and
written down by Whisper as on a call; then the guard judges what was written. The voices are clear,
slow and calm, which people in danger are not. German has none of its own and is spoken by an
Italian one, so that more of its words are heard wrong than on a call. What rules find while a
caller still speaks is not counted. `--sample` takes so many texts of each set and language, the
same ones every time; `--heard` keeps transcripts, so that another policy can be tried on the same
recordings. `drop` is what is found in the texts less what is found in their transcripts, in points,
with the 95 % interval of a difference of pairs.
"""

import argparse
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from typing import Any

import typer
from loguru import logger

from eval.engines import load
from eval.guard_measures import MEASURES, Judged, Measure
from eval.guard_report import Guards, guards, judged
from eval.guard_sets import Half, Labelled, texts
from eval.measures import share
from eval.people import RATE_HZ, VOICES
from eval.speech import CallerVoices
from eval.voice_calls_facts import word_errors
from guardrails.head.head import WEIGHTS
from providers.models.store import ModelStore
from providers.spec import Slot
from providers.stt.whisper_model import WhisperModel
from receptionist.settings import Settings

SPOKEN = (
    "emergencies: alarm",
    "emergencies: a person is fetched",
    "asks for a human: found",
    "asks for a human: a person is fetched",
)
"""Measures that are taken."""

_SEED = 4


class Listener:
    """Writes down what is spoken over a telephone line.

    Args:
        models: The model store.
        kept: Folder for transcripts; None keeps none.
    """

    def __init__(self, models: ModelStore, kept: Path | None) -> None:
        self._models = models
        self._kept = kept
        self._voices = CallerVoices(models)
        self._whisper: WhisperModel | None = None

    def heard(self, spoken: Sequence[Labelled]) -> Iterator[Labelled]:
        """Yields each text as it was heard."""
        for number, one in enumerate(spoken):
            voices = VOICES[one.language]
            yield replace(one, text=self._known(one, voices[number % len(voices)]))

    def _known(self, one: Labelled, voice: str) -> str:
        if self._kept is None:
            return self._written(one, voice)
        self._kept.mkdir(parents=True, exist_ok=True)
        path = self._kept / f"{one.language}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for said, by, heard in map(json.loads, lines):
            if (said, by) == (one.text, voice):
                return heard
        heard = self._written(one, voice)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps((one.text, voice, heard), ensure_ascii=False) + "\n")
        return heard

    def _written(self, one: Labelled, voice: str) -> str:
        if self._whisper is None:
            self._whisper = WhisperModel(self._models.folder("whisper-base"), threads=1)
        pcm = self._voices.say(voice, one.text, language=one.language, rate_hz=RATE_HZ)
        prompt = self._whisper.prompt(one.language, ())
        return self._whisper.transcribe(pcm, RATE_HZ, prompt)


def measure(
    guarding: Guards, listener: Listener, half: Half, languages: Sequence[str], sample: int
) -> dict[str, Any]:
    """Returns what is found in texts and in what was heard of them, by language and in all."""
    said: dict[str, list[Labelled]] = {}
    heard: dict[str, list[Labelled]] = {}
    for language in languages:
        said[language] = drawn(texts(half, (language,)), sample)
        heard[language] = list(listener.heard(said[language]))
        typer.echo(f"heard {language}", err=True)
    found = {
        language: (list(judged(guarding, said[language])), list(judged(guarding, heard[language])))
        for language in languages
    }
    every = ([one for pair in found.values() for one in pair[0]],
             [one for pair in found.values() for one in pair[1]])  # fmt: skip
    measures = [one for one in MEASURES if one.name in SPOKEN]
    return {
        "half": half.value,
        "policy": {"version": guarding.policy.version, "hash": guarding.policy.hash},
        "word_errors": {
            language: round(
                word_errors(_texts(said[language]), _texts(heard[language]), language), 3
            )
            for language in languages
        },
        "measures": {
            one.name: {
                "all": compared(one, *every),
                "by_language": {code: compared(one, *pair) for code, pair in found.items()},
            }
            for one in measures
        },
    }


def drawn(labelled: Sequence[Labelled], sample: int) -> list[Labelled]:
    """Returns so many emergencies and requests for a human; all where `sample` is 0."""
    chosen: list[Labelled] = []
    for kind in ("emergencies", "requests"):
        ones = [one for one in labelled if one.kind == kind]
        wanted = min(sample or len(ones), len(ones))
        places = sorted(Random(_SEED).sample(range(len(ones)), wanted))
        chosen += [ones[place] for place in places]
    return chosen


def compared(
    measure: Measure, said: Sequence[Judged], heard: Sequence[Judged]
) -> Mapping[str, Any]:
    """Returns the shares of `measure`, and the drop between them in points."""
    pairs = [
        (measure.counts(one, one.findings["both"]), measure.counts(two, two.findings["both"]))
        for one, two in zip(measure.of(said), measure.of(heard), strict=True)
    ]
    lost = sum(one and not two for one, two in pairs)
    won = sum(two and not one for one, two in pairs)
    # Half a pair of each kind more (Agresti and Min), for no pair that differs proves little.
    number = len(pairs) + 2
    middle = (lost - won) / number
    half = 1.96 * math.sqrt(((lost + won + 1) / number - middle * middle) / number)
    return {
        "text": asdict(share(sum(one for one, _ in pairs), len(pairs))),
        "heard": asdict(share(sum(two for _, two in pairs), len(pairs))),
        "drop_points": round(100 * (lost - won) / max(1, len(pairs)), 1),
        "drop_from_to": [round(100 * (middle - half), 1), round(100 * (middle + half), 1)],
    }


def _texts(labelled: Sequence[Labelled]) -> list[str]:
    return [one.text for one in labelled]


def main() -> None:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(prog="python -m eval.guard_audio", description=__doc__)
    parser.add_argument("languages", nargs="*", default=sorted(VOICES))
    parser.add_argument("--half", choices=list(Half), default=Half.DEVELOPMENT)
    parser.add_argument("--sample", type=int, default=0, help="of each set; 0 takes all")
    parser.add_argument("--heard", type=Path, metavar="FOLDER", help="keeps transcripts")
    parser.add_argument("--rules-alone", action="store_true", help="without the embedding head")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="of the embedding head")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    asked = parser.parse_args()
    logger.remove()
    embed = None
    if not asked.rules_alone:
        embed = load(Slot.EMBEDDINGS, "use-multilingual:default").embed
    listener = Listener(ModelStore(Settings().models_dir), asked.heard)
    results: dict[str, Any] = {"load_average": os.getloadavg()[0]}
    results |= measure(
        guards(embed, asked.weights), listener, Half(asked.half), asked.languages, asked.sample
    )
    typer.echo(json.dumps(results, indent=None if asked.json else 2, ensure_ascii=False))


if __name__ == "__main__":
    main()
