"""Keeps the language model of one call to what is known: what it reads, and what is said of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from loguru import logger
from numpy.typing import NDArray

from prompts import loader
from providers.contracts import Brief, LLMOptions
from receptionist.calls.grounding import Embed, Examples, Grounds, Sources, examples
from receptionist.calls.grounding_facts import facts_in
from receptionist.calls.instructions import (
    Known,
    fingerprint,
    instructions,
    known,
    lasting_facts,
    marked,
    present_facts,
    turn_note,
)
from receptionist.calls.memory import Message, Recalled, paired, recall
from receptionist.calls.speech_gate import SpeechGate
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import ToolContext

_REPEATABLE = 2
"""Its own last answers, which were checked, may be said again."""
_UNAVAILABLE = frozenset(
    (
        *("declined", "busy", "no_answer", "voicemail", "unreachable", "cancelled", "failed"),
        *("unknown", "not_available"),
    )
)


def guided(options: LLMOptions, context: ToolContext) -> LLMOptions:
    """Returns the options of a brain that answers the call of `context`."""
    return replace(options, guide=CallGuide(context))


def prepare_guide(snapshot: TenantSnapshot) -> None:
    """Makes what all guides share. Blocking, about half a second; else the first call pays it."""
    _examples(snapshot.topics.embed)
    for language in snapshot.config.languages:
        facts_in("one", [language])
        instructions(snapshot, language)


@lru_cache(maxsize=2)
def _examples(embed: Embed) -> Examples:
    guides = [loader.load(language).guide for language in loader.available()]
    return examples([guide for guide in guides if guide], embed)


class CallGuide:
    """The guide of one call (see `providers.contracts.Guide`).

    Args:
        context: The tenant, the language and the time of the call.

    Attributes:
        sha256: Hash of what the model read last.
        knowledge: What it was given about the caller's last words.
    """

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._topic = ""
        self._asked = ("", 0)
        self._tools_words = ""
        self._grounds: Grounds | None = None
        self._rows: dict[str, NDArray[np.float32]] = {}
        self._gate = SpeechGate(lambda _: "no brief was given")
        self.sha256 = ""
        self.knowledge: Sequence[Known] = ()

    @property
    def over(self) -> bool:
        """Nothing more of the answer will be said."""
        return bool(self._gate.blocked)

    def brief(self, messages: Sequence[Message], *, budget_tokens: int) -> Brief:
        """Looks up what is known about the caller's last words and returns what the model reads."""
        snapshot, language = self._context.snapshot, self._context.language
        notes = snapshot.texts[language].guide["notes"]
        whole = paired(messages)
        recalled = recall(
            whole, budget_tokens=budget_tokens, asked=notes["asked"], told=notes["told"]
        )
        self._look_up(_last_words(whole), sum(_is_said(m, "user") for m in whole))
        now = present_facts(snapshot, language, self._context.now())
        note = turn_note(now, self.knowledge, snapshot, language)
        rules = self._with_notes(instructions(snapshot, language).text, recalled)
        system = marked(rules, self._context.call_id)
        self.sha256 = fingerprint(system, note)
        logger.debug(
            f"call {self._context.call_id}: prompt {self.sha256[:12]}, known"
            f" {[item.id for item in self.knowledge]}"
        )
        self._tools_words = _spoken(_turn(whole))
        self._grounds = grounds = Grounds(
            self._sources(whole, now),
            language,
            self._embed,
            _examples(snapshot.topics.embed),
        )
        self._gate = SpeechGate(grounds.fault)
        return Brief(instructions=system, messages=_noted(recalled.messages, note, notes["caller"]))

    def admit(self, text: str) -> str:
        """Returns what of the answer may be said by now."""
        return self._gate.feed(text)

    def finish(self, *, acts: bool) -> str:
        """Returns the rest of the answer, or what is said in place of what has no source."""
        gate = self._gate
        rest = gate.finish()
        if not gate.blocked:
            return rest
        logger.warning(f"call {self._context.call_id}: the model is not let say it: {gate.blocked}")
        self._gate = SpeechGate(lambda _: "the answer is over")
        return "" if acts else self._instead(gate)

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds what was not embedded on this call before: most sources stay from turn to turn."""
        new = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if new:
            rows = self._context.snapshot.topics.embed(new)
            self._rows |= dict(zip(new, rows, strict=True))
        return np.stack([self._rows[text] for text in texts])

    # --- what is known ----------------------------------------------------------------------

    def _look_up(self, words: str, count: int) -> None:
        """Searches once a turn; the answers after its tools are given the same."""
        if (words, count) == self._asked:
            return
        self._asked = (words, count)
        snapshot = self._context.snapshot
        found = snapshot.topics.search(
            words, self._context.language, today=self._context.now().date(), after=self._topic
        )
        self.knowledge = known(found)
        if found.best:
            self._topic = found.best.topic.id

    def _sources(self, messages: Sequence[Message], now: str) -> Sources:
        snapshot, language = self._context.snapshot, self._context.language
        turn = _turn(messages)
        results = [_result(message) for message in turn if message.get("role") == "tool"]
        told = [str(m["content"]) for m in messages if _is_said(m, "assistant")]
        texts = [item.text for item in self.knowledge]
        texts += [text for result in results for text in _texts(result)]
        texts += [line for result in results for line in self._done(result)]
        texts += [now, *lasting_facts(snapshot, language), *snapshot.config.instructions.values()]
        earlier = [_result(message) for message in messages if message.get("role") == "tool"]
        words = [text for result in earlier for text in _texts(result)]
        words += [str(m["content"]) for m in messages if _is_said(m, "user")] + told
        return Sources(
            texts=[*texts, *told[-_REPEATABLE:]],
            words=[*words, snapshot.config.company],
            languages=sorted({language, *(item.language for item in self.knowledge)}),
        )

    def _done(self, result: Mapping[str, Any]) -> list[str]:
        outcome = str(result.get("outcome", ""))
        done = self._context.snapshot.texts[self._context.language].guide["done"]
        return list(done.get("unavailable" if outcome in _UNAVAILABLE else outcome, []))

    # --- what is said -----------------------------------------------------------------------

    def _instead(self, gate: SpeechGate) -> str:
        """Returns what code would answer: a tool's words, else the topic the model got wrong."""
        lead = " " if gate.said and not gate.said[-1].isspace() else ""
        best = self.knowledge[0] if self.knowledge else None
        if self._tools_words and self._tools_words not in gate.said:
            return lead + self._tools_words
        if (
            best
            and best.spoken
            and best.language == self._context.language
            and best.text not in gate.said
            and self._grounds
            and self._grounds.is_about(gate.refused, best.text)
        ):
            return lead + best.text
        if gate.said.strip() and self._grounds and self._grounds.is_courtesy(self._asked[0]):
            return ""  # a goodbye was answered; what was added to it is not missed
        variants = self._context.snapshot.texts[self._context.language].guide["unknown"]
        self._context.said["unknown"] += 1
        return lead + variants[(self._context.said["unknown"] - 1) % len(variants)]

    def _with_notes(self, system: str, recalled: Recalled) -> str:
        if not recalled.notes:
            return system
        earlier = self._context.snapshot.texts[self._context.language].guide["notes"]["earlier"]
        return "\n".join([f"{system}\n\n{earlier}", *(f"- {line}" for line in recalled.notes)])


def _turn(messages: Sequence[Message]) -> Sequence[Message]:
    """Returns what happened since the caller's last words."""
    last = max((n for n, m in enumerate(messages) if m.get("role") == "user"), default=-1)
    return messages[last + 1 :]


def _spoken(turn: Sequence[Message]) -> str:
    """Returns the words of the last tool that gave some."""
    results = [_result(message) for message in turn if message.get("role") == "tool"]
    return next((str(r["spoken"]) for r in reversed(results) if r.get("spoken")), "")


def _last_words(messages: Sequence[Message]) -> str:
    said = [str(m["content"]) for m in messages if _is_said(m, "user")]
    return said[-1] if said else ""


def _is_said(message: Message, role: str) -> bool:
    return message.get("role") == role and isinstance(message.get("content"), str)


def _noted(messages: Sequence[Message], note: str, caller: str) -> list[Message]:
    """Returns `messages` with the note in front of the caller's last words."""
    last = max((n for n, m in enumerate(messages) if m.get("role") == "user"), default=None)
    if last is None:
        return [*messages, {"role": "user", "content": note}]
    noted = list(messages)
    noted[last] = {**messages[last], "content": f"{note}\n{caller} {messages[last]['content']}"}
    return noted


def _result(message: Message) -> Mapping[str, Any]:
    try:
        value: object = json.loads(str(message.get("content", "")))
    except ValueError:
        return {}
    return {str(k): v for k, v in value.items()} if isinstance(value, Mapping) else {}


def _texts(value: object) -> Iterator[str]:
    """Yields every text in a tool's result."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
