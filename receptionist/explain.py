"""What the concierge would do with one sentence: its tool, and what the tool finds."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, cast

from providers.contracts import LanguageIdentifier
from providers.llm.concierge.concierge import Concierge
from providers.llm.concierge.engine import ConciergeLLM
from providers.llm.concierge.state import ToolCall
from receptionist.calls.pipeline import brain_options
from receptionist.calls.plan import CallPlan, CallRequest, resolve
from receptionist.loading import check_languages
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext
from receptionist.tools.registry import ToolRunner

READING_TOOLS = frozenset({"search_knowledge", "find_contact", "check_hours"})
"""They change nothing and ring nobody, so they are run."""
SURE = 0.5
"""A guess of the language with less probability than this is not followed."""
_STEPS_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What the concierge would do.

    Attributes:
        tool: The tool that answers; None when words alone do.
        arguments: Of that tool; of a message or an appointment, what is known so far.
        topic: Id of the topic that answers.
        contact: Id of the person or department found.
        score: How sure the search is, 0..1; None when nothing was looked up.
        language: ISO 639-1 language the sentence was read in.
        alternatives: Topics, or else people, that come near, best first.
        latency_ms: How long it took.
    """

    tool: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    topic: str | None = None
    contact: str | None = None
    score: float | None = None
    language: str = ""
    alternatives: Sequence[Mapping[str, Any]] = ()
    latency_ms: float = 0.0

    def record(self) -> dict[str, Any]:
        """Returns it for programs."""
        return asdict(self)


class Explainer:
    """Asks the concierge about sentences, each as the first of a call of its own.

    Args:
        snapshot: The tenant.
        brain: The concierge; it is prepared for the tenant's languages here, which blocks.
        identifier: Tells the language of a sentence.
    """

    def __init__(
        self, snapshot: TenantSnapshot, brain: ConciergeLLM, identifier: LanguageIdentifier
    ) -> None:
        self._snapshot = snapshot
        self._brain = brain
        self._identifier = identifier
        for language in snapshot.config.languages:
            brain.prepare(brain_options(self._plan(language)))

    def language_of(self, text: str) -> str:
        """Returns the language of `text` among those of the tenant; the first when unsure."""
        languages = self._snapshot.config.languages
        guess = self._identifier.identify(text)
        likely = guess.language in languages and guess.probability >= SURE
        return guess.language if likely else languages[0]

    def check(self, language: str | None) -> None:
        """Refuses a language the tenant does not answer in.

        Raises:
            ConfigurationError: it is such.
        """
        check_languages(self._snapshot.config, [language] if language else [])

    async def explain(self, text: str, language: str | None = None) -> Explanation:
        """Returns what the concierge would do with `text`.

        Args:
            text: What a caller says.
            language: One of the tenant's; None is found out.
        """
        began_s = time.perf_counter()
        language = language or self.language_of(text)
        options = brain_options(self._plan(language))
        zone = self._snapshot.time_zone
        runner = ToolRunner(
            ToolContext(
                snapshot=self._snapshot,
                language=language,
                now=lambda: datetime.now(zone),
                line=NoLine(),
            ),
            lambda _: None,
        )
        concierge = Concierge(self._brain.language(options), company=options.company)
        own = (tool.name for tool in self._snapshot.config.tools.http)
        found = await _followed(concierge, runner, text, own)
        return _explained(found, concierge, language, (time.perf_counter() - began_s) * 1000)

    def _plan(self, language: str) -> CallPlan:
        request = CallRequest(call_id="explain", channel="text", language=language)
        return resolve(self._snapshot, request)


@dataclass(slots=True)
class _Found:
    """Calls of the first turn with their results, and what was said in the end."""

    calls: list[tuple[ToolCall, Mapping[str, Any]]] = field(
        default_factory=list[tuple[ToolCall, Mapping[str, Any]]]
    )
    last: ToolCall | None = None
    said: str = ""


async def _followed(
    concierge: Concierge, runner: ToolRunner, text: str, own: Iterable[str]
) -> _Found:
    """Plays the turn as far as it goes without anything being done.

    The tenant's `own` tools are not used: nobody knows what they do.
    """
    tools = [schema.name for schema in runner.schemas()] + list(own)
    messages: list[dict[str, Any]] = [{"role": "user", "content": text}]
    found = _Found()
    for _ in range(_STEPS_MAX):
        reply = concierge.respond(messages, tools)
        found.said += reply.text
        if not reply.calls:
            break
        for call in reply.calls:
            if call.name not in READING_TOOLS:
                found.last = call
                return found
            result = await runner.run(call.name, call.arguments)
            found.calls.append((call, result))
            messages += _messages(call, result)
    return found


def _messages(call: ToolCall, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    wrapped = {"id": call.identifier, "type": "function", "function": function}
    content = json.dumps(result, ensure_ascii=False)
    return [
        {"role": "assistant", "tool_calls": [wrapped]},
        {"role": "tool", "tool_call_id": call.identifier, "content": content},
    ]


def _explained(
    found: _Found, concierge: Concierge, language: str, latency_ms: float
) -> Explanation:
    searched = _result(found, "search_knowledge")
    looked = _result(found, "find_contact")
    decisive = _decisive(found, searched)
    doing = concierge.arranging if decisive is None else None
    tool, arguments = doing or (None, {})
    if decisive is not None:
        tool, arguments = decisive.name, decisive.arguments
    answers = tool == "search_knowledge"
    near = (searched if answers else looked) or {}
    return Explanation(
        tool=str(tool) if tool else None,
        arguments=dict(arguments),
        topic=searched.get("topic") if searched and answers else None,
        contact=_contact(near) or _contact(looked or {}),
        score=near.get("score"),
        language=language,
        alternatives=tuple(
            near.get("alternatives") or near.get("candidates") or near.get("suggestions") or ()
        ),
        latency_ms=round(latency_ms, 2),
    )


def _decisive(found: _Found, searched: Mapping[str, Any] | None) -> ToolCall | None:
    """Returns the call that answers the caller: of a look-up in two places, the one believed."""
    if not found.calls or (searched or {}).get("outcome") == "use_tool":
        return found.last
    names = {call.name: call for call, _ in found.calls}
    if "find_contact" not in names:
        return found.calls[0][0]
    spoken = str((searched or {}).get("spoken") or "")
    if "search_knowledge" in names and spoken and spoken in found.said:
        return names["search_knowledge"]
    contact = _result(found, "find_contact") or {}
    somebody = contact.get("outcome") in {"found", "ambiguous"} and not (
        found.last is None and "search_knowledge" in names and not _asks(found)
    )
    if somebody or "search_knowledge" not in names:
        return names["find_contact"]
    return names["search_knowledge"]


def _asks(found: _Found) -> bool:
    """Tells whether the concierge goes on with whoever was found."""
    return "?" in found.said


def _result(found: _Found, tool: str) -> Mapping[str, Any] | None:
    return next((result for call, result in found.calls if call.name == tool), None)


def _contact(result: Mapping[str, Any]) -> str | None:
    contact: object = result.get("contact")
    if isinstance(contact, str):
        return contact or None
    if not isinstance(contact, Mapping):
        return None
    return str(cast("Mapping[str, Any]", contact).get("id") or "") or None
