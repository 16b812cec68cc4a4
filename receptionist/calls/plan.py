"""Everything about a call that is known before it is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from guardrails.redaction.redactor import redact
from knowledge.name_hints import expected_names
from prompts.loader import render
from receptionist.calls.events import CallStarted, Channel, Direction
from receptionist.calls.instructions import instructions, marked
from receptionist.handoff.brief import shortened
from receptionist.telephony.caller import CallerIdentity
from receptionist.tenants.config import Patience, TenantConfig
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.destinations import named

_ABOUT_LETTERS = 80
"""More of what he asked about would keep him from hearing that he is being put through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """Why the assistant itself calls: somebody asked to be called back.

    Attributes:
        about: What about, in his own words.
        contact_id: Id of the person or department he is to speak with.
    """

    about: str
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """A caller at the door, or somebody who is called back.

    Attributes:
        call_id: Identifies the call everywhere.
        channel: How it arrived.
        language: ISO 639-1 language asked for; None is that of the number.
        called: Number or room that was called.
        caller: Who calls, or who is called back; None where nobody says so.
        call_back: Why he is called; None when he calls.
    """

    call_id: str
    channel: Channel
    language: str | None = None
    called: str = ""
    caller: CallerIdentity | None = None
    call_back: CallBack | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """How one call is answered; it keeps the snapshot it started with.

    Attributes:
        disclosure: Said first, never barged into: what the caller is talking to.
        greeting: Said next.
        chosen: The caller asked for the language, or called the number of it.
        choices: Said after it when the caller is asked for his language, by language.
        lines: What the session itself says, by occasion, each with its variants.
        texts: What the concierge says, by name.
        instructions: The system prompt of a language model.
        hints: Names the recogniser should expect.
        called: Number or room that was called.
        caller: Who calls, or who is called back; None where nobody says so.
        call_back: Why he is called; None when he calls.
    """

    call_id: str
    channel: Channel
    snapshot: TenantSnapshot
    language: str
    patience: Patience
    disclosure: str
    greeting: str
    chosen: bool
    choices: Mapping[str, str]
    lines: Mapping[str, Sequence[str]]
    texts: Mapping[str, Any]
    instructions: str
    hints: Sequence[str]
    called: str = ""
    caller: CallerIdentity | None = None
    call_back: CallBack | None = None

    @property
    def direction(self) -> Direction:
        """Who has called whom."""
        return "inbound" if self.call_back is None else "outbound"

    @property
    def opening(self) -> str:
        """The first words of the call, in one text."""
        return " ".join((self.disclosure, self.greeting, *self.choices.values()))

    def line(self, occasion: str, turn: int = 0) -> str:
        """Returns what to say on `occasion`; the variant is chosen by the turn."""
        variants = self.lines[occasion]
        return variants[turn % len(variants)]


def call_started(plan: CallPlan) -> CallStarted:
    """Returns the first event of a call, at this moment."""
    return CallStarted(
        call_id=plan.call_id,
        tenant=plan.snapshot.config.tenant,
        version=plan.snapshot.version,
        language=plan.language,
        channel=plan.channel,
        started_at=datetime.now(UTC),
        called=plan.called,
        caller=plan.caller,
        direction=plan.direction,
    )


def resolve(snapshot: TenantSnapshot, request: CallRequest) -> CallPlan:
    """Decides how a call is answered, the language of the number it came to included. Pure.

    A language the tenant does not answer in becomes the tenant's first. The disclosure is the
    product's own: a tenant's greeting follows it and never replaces it (AI Act, Art. 50(1)).
    """
    config = snapshot.config
    asked = request.language or config.numbers.get(request.called)
    language = snapshot.language(asked or config.languages[0])
    texts = snapshot.texts[language]
    lines = {
        occasion: tuple(render(text, company=config.company).text for text in variants)
        for occasion, variants in texts.session.items()
    }
    disclosure, greeting = _first_words(snapshot, language, lines, request.call_back)
    return CallPlan(
        call_id=request.call_id,
        channel=request.channel,
        snapshot=snapshot,
        language=language,
        patience=config.patience,
        disclosure=disclosure,
        greeting=greeting,
        chosen=language == asked,
        choices={} if asked else _choices(snapshot),
        lines=lines,
        texts=texts.concierge,
        instructions=marked(instructions(snapshot, language).text, request.call_id),
        hints=_hints(config, language),
        called=request.called,
        caller=request.caller,
        call_back=request.call_back,
    )


def _first_words(
    snapshot: TenantSnapshot,
    language: str,
    lines: Mapping[str, Sequence[str]],
    call_back: CallBack | None,
) -> tuple[str, str]:
    """Returns what is said first and what next; whoever is called learns first who calls, and why.

    What he asked about is said without what nobody is to hear again, such as card numbers.
    """
    if call_back is None:
        own = snapshot.config.greeting.get(language)
        return lines["disclosure"][0], own or lines["greeting"][0]
    about = shortened(redact(" ".join(call_back.about.split())), _ABOUT_LETTERS)
    owner = snapshot.destination(call_back.contact_id)
    contact = named(owner, snapshot, language) if owner else snapshot.config.company
    return (
        render(lines["callback_disclosure"][0], about=about.rstrip(".!?;, ")).text,
        render(lines["callback_greeting"][0], contact=contact).text,
    )


def _hints(config: TenantConfig, language: str) -> Sequence[str]:
    """Returns the names to expect, which are mostly names of the tenant's first language.

    To a caller in another they do harm: among English names Whisper writes "sì" as "see" (words
    wrong in Italian 16 % instead of 2.5 %, in French 22 instead of 8, in German 28 instead of 25).
    """
    if language != config.languages[0]:
        return ()
    return expected_names(config.departments, config.contacts, language)


def in_language(plan: CallPlan, language: str) -> CallPlan:
    """Returns how the call of `plan` goes on in `language`, one of the tenant's."""
    request = CallRequest(
        call_id=plan.call_id,
        channel=plan.channel,
        language=language,
        called=plan.called,
        caller=plan.caller,
        call_back=plan.call_back,
    )
    return replace(resolve(plan.snapshot, request), patience=plan.patience)


def _choices(snapshot: TenantSnapshot) -> Mapping[str, str]:
    """Returns the invitation to choose each language, in that language."""
    if snapshot.config.start_language != "ask" or len(snapshot.config.languages) < 2:
        return {}
    return {
        language: snapshot.texts[language].session["choose_language"][0]
        for language in snapshot.config.languages
    }
