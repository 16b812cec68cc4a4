"""How often the right person is found when a name was spoken over the telephone.

python -m eval.people [en it ...] [--seed 2] [--requests 200] [--heard FOLDER] [--json]
python -m eval.people --large [--people 100000]

A thousand people who do not exist are put together from lists of names, a tenth of them almost
namesakes of a colleague. Requests for some of them are spoken in several voices, sent over an
8 kHz mu-law line, written down by Whisper, understood by the concierge, and looked up. Each request
is looked up twice: in a directory that has the person, and in one that has not (every other person
asked for is taken out), for whoever is announced there is wrong. `--heard` keeps transcripts in a
folder, so that another look-up can be tried on the same calls.
"""

import argparse
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer
from loguru import logger

from eval.engines import load
from eval.made_up_people import Request, company, requests
from eval.measures import memory_mb, share, spread
from eval.speech import CallerVoices
from knowledge.directory import Directory, Lookup
from knowledge.name_hints import expected_names
from knowledge.people import Contact, Department
from prompts import loader
from providers.contracts import LLMOptions
from providers.llm.concierge.engine import ConciergeLLM
from providers.models.store import ModelStore
from providers.spec import Slot
from providers.stt.whisper_model import WhisperModel
from receptionist.settings import Settings

RATE_HZ = 8000
PEOPLE = 1000
LOOKUPS = 200
LONG_PHRASES = 10
LONG_WORDS = 3000
DOUBLE_SHARE = 0.3
VOICES = {
    "en": ("hibari:default", "kokoro:bf_emma", "kokoro:bm_george", "piper:en_US-joe-medium"),
    "it": ("kokoro:if_sara", "kokoro:im_nicola"),
    "es": ("kokoro:ef_dora", "kokoro:em_alex"),
    "fr": ("kokoro:ff_siwis",),
    "de": ("kokoro:de_if_sara",),
    "pt": ("kokoro:pf_dora", "kokoro:pm_alex"),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """One request and what the recogniser made of it."""

    contact: str
    text: str
    heard: str


class Caller:
    """Speaks requests over the telephone and writes down what is heard."""

    def __init__(self, models: ModelStore, folder: Path | None) -> None:
        self._models = models
        self._folder = folder
        self._voices = CallerVoices(models)
        self._model: WhisperModel | None = None

    def heard(
        self, language: str, seed: int, wanted: Sequence[Request], hints: Sequence[str]
    ) -> Iterator[Heard]:
        """Yields what was heard of each request; kept ones are not spoken again."""
        kept = self._folder / f"{language}-{seed}.jsonl" if self._folder else None
        known = _read(kept) if kept and kept.exists() else {}
        voices = VOICES[language]
        for number, request in enumerate(wanted):
            if request.text not in known:
                pcm = self._voices.say(
                    voices[number % len(voices)], request.text, language=language
                )
                found = Heard(request.contact.name, request.text, self._write(pcm, language, hints))
                known[request.text] = found
                if kept:
                    with kept.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(asdict(found), ensure_ascii=False) + "\n")
            yield known[request.text]

    def _write(self, pcm: bytes, language: str, hints: Sequence[str]) -> str:
        if self._model is None:
            self._model = WhisperModel(self._models.folder("whisper-base"), threads=1)
        return self._model.transcribe(pcm, RATE_HZ, self._model.prompt(language, hints))


class Reader:
    """Takes out of a sentence whom the caller asks for, as the concierge does."""

    def __init__(self, models: ModelStore, language: str) -> None:
        engine = load(Slot.LLM, "concierge:default", models=models)
        assert isinstance(engine, ConciergeLLM)
        try:
            texts = loader.load(language).concierge
        except loader.PromptError:
            self._understanding = None
        else:
            made = engine.language(LLMOptions(language=language, texts=texts, company="X"))
            self._understanding = made.understanding

    def target(self, text: str) -> tuple[str, str]:
        """Returns the words for a person and a department; the sentence where none are told."""
        acts = self._understanding.acts(text) if self._understanding else ()
        for act in acts:
            if act.target:
                return act.target, act.department
        return text, ""


def people(models: ModelStore, language: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Measures one language."""
    departments, contacts = company(language, asked.seed, PEOPLE)
    wanted = requests(language, asked.seed, contacts, asked.requests)
    hints = expected_names(departments, contacts, language)
    gone = {request.contact.id for request in wanted[::2]}
    full = Directory(departments, contacts)
    lacking = Directory(departments, [c for c in contacts if c.id not in gone])
    reader = Reader(models, language)
    found: list[tuple[str, Lookup]] = []
    absent: list[Lookup] = []
    took_ms: list[float] = []
    for request, heard in zip(
        wanted, Caller(models, asked.heard).heard(language, asked.seed, wanted, hints), strict=True
    ):
        name, department = reader.target(heard.heard)
        began_s = time.thread_time()
        lookup = full.find(name, language, department)
        took_ms.append(1000 * (time.thread_time() - began_s))
        found.append((request.contact.id, lookup))
        if request.contact.id in gone:
            absent.append(lacking.find(name, language, department))
        if _first(lookup) != request.contact.id or lookup.outcome != "found":
            _show(request, heard, name, lookup)
    return {**_summary(found, absent), "look_up_ms": asdict(spread(took_ms))}


def _summary(found: Sequence[tuple[str, Lookup]], absent: Sequence[Lookup]) -> dict[str, Any]:
    number = len(found)
    right = sum(_first(lookup) == wanted for wanted, lookup in found)
    announced = [(wanted, lookup) for wanted, lookup in found if lookup.outcome == "found"]
    wrong = sum(_first(lookup) != wanted for wanted, lookup in announced)
    offered = sum(wanted in [c.id for c in lookup.candidates] for wanted, lookup in found)
    stranger = sum(lookup.outcome == "found" for lookup in absent)
    outcomes = {kind: share(sum(lookup.outcome == kind for _, lookup in found), number)
                for kind in ("found", "ambiguous", "unknown")}  # fmt: skip
    return {
        "right_first": asdict(share(right, number)),
        "right_among_offered": asdict(share(offered, number)),
        "wrong_announced": asdict(share(wrong, number)),
        "stranger_announced_for_absent": asdict(share(stranger, len(absent))),
        **{kind: asdict(part) for kind, part in outcomes.items()},
    }


def large(size: int) -> dict[str, Any]:
    """Measures building and looking up a directory of `size` people."""
    department, contacts = _crowd(size)
    before_mb, began_s = memory_mb(), time.thread_time()
    directory = Directory([department], contacts)
    built_s = time.thread_time() - began_s
    took_ms: list[float] = []
    right = 0
    for contact in contacts[:: max(1, size // LOOKUPS)]:
        began_s = time.thread_time()
        lookup = directory.find(contact.name, "it")
        took_ms.append(1000 * (time.thread_time() - began_s))
        right += contact.id in [candidate.id for candidate in lookup.candidates]
    return {
        "people": size,
        "different_words": len({word for c in contacts for word in c.name.split()}),
        "build_s": round(built_s, 2),
        "memory_mb": round(memory_mb() - before_mb),
        "offered": asdict(share(right, len(took_ms))),
        "look_up_ms": asdict(spread(took_ms)),
        "look_up_3000_words_ms": asdict(spread(_long_ms(directory, contacts))),
    }


def _long_ms(directory: Directory, contacts: Sequence[Contact]) -> list[float]:
    """Returns the time for phrases of 3,000 words, each the name of somebody there."""
    words = [word for contact in contacts for word in contact.name.split()]
    took_ms: list[float] = []
    for start in range(LONG_PHRASES):
        phrase = " ".join(words[start :: max(1, len(words) // LONG_WORDS)][:LONG_WORDS])
        began_s = time.thread_time()
        directory.find(phrase, "it")
        took_ms.append(1000 * (time.thread_time() - began_s))
    return took_ms


def _crowd(size: int) -> tuple[Department, list[Contact]]:
    """Returns people of two languages; many have two surnames in one."""
    department = Department.model_validate({"id": "all", "names": "everybody"})
    chosen = [company(language, 7, 1000)[1] for language in ("it", "en")]
    given = [contact.name.split()[0] for some in chosen for contact in some]
    family = [contact.name.split()[-1] for some in chosen for contact in some]
    chance = random.Random(size)
    names: dict[str, None] = {}
    while len(names) < size:
        last = chance.choice(family)
        if chance.random() < DOUBLE_SHARE:
            last += chance.choice(family).lower()[:6]
        names[f"{chance.choice(given)} {last}"] = None
    contacts = [Contact(id=f"p{n}", name=name, department="all") for n, name in enumerate(names)]
    return department, contacts


def _first(lookup: Lookup) -> str:
    return lookup.candidates[0].id if lookup.candidates else ""


def _show(request: Request, heard: Heard, name: str, lookup: Lookup) -> None:
    offered = [getattr(candidate, "name", candidate.id) for candidate in lookup.candidates]
    said = f"{request.contact.name} | {heard.heard} | {name} | {lookup.outcome} {offered}"
    typer.echo(said, err=True)


def _read(path: Path) -> dict[str, Heard]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {heard.text: heard for heard in (Heard(**json.loads(line)) for line in lines)}


def main() -> None:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(prog="python -m eval.people", description=__doc__)
    parser.add_argument("languages", nargs="*", default=["en", "it"])
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--heard", type=Path, help="folder that keeps transcripts")
    parser.add_argument("--large", action="store_true", help="measure a large directory instead")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    asked = parser.parse_args()
    logger.remove()
    results: dict[str, Any] = {"load_average": os.getloadavg()[0]}
    if asked.large:
        results["large"] = large(asked.people)
    else:
        models = ModelStore(Settings().models_dir)
        for language in asked.languages:
            results[language] = people(models, language, asked)
    typer.echo(json.dumps(results, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()
