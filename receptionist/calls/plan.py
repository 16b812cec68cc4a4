"""Everything about a call that is known before it is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.spec import ProviderSpec
from receptionist.calls.events import Channel
from receptionist.tenants.config import Patience
from receptionist.tenants.snapshot import TenantSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """A caller at the door.

    Attributes:
        call_id: Identifies the call everywhere.
        channel: How it arrived.
        language: ISO 639-1 language asked for; None is the tenant's first.
    """

    call_id: str
    channel: Channel
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """How one call is answered; it keeps the snapshot it started with.

    Attributes:
        disclosure: Said first, never barged into: what the caller is talking to.
        greeting: Said next.
        lines: What the session itself says, by occasion, each with its variants.
        texts: What the concierge says, by name.
        instructions: The system prompt of a language model.
        hints: Names the recogniser should expect.
    """

    call_id: str
    channel: Channel
    snapshot: TenantSnapshot
    language: str
    stt: ProviderSpec
    tts: ProviderSpec
    llm: ProviderSpec
    vad: ProviderSpec
    turn: ProviderSpec
    patience: Patience
    disclosure: str
    greeting: str
    lines: Mapping[str, Sequence[str]]
    texts: Mapping[str, Any]
    instructions: str
    hints: Sequence[str]

    def line(self, occasion: str, turn: int = 0) -> str:
        """Returns what to say on `occasion`; the variant is chosen by the turn."""
        variants = self.lines[occasion]
        return variants[turn % len(variants)]


def for_language(specs: Mapping[str, ProviderSpec], language: str) -> ProviderSpec:
    """Returns the engine for `language`, or the one for any other (`*`)."""
    return specs.get(language) or specs["*"]


def resolve(snapshot: TenantSnapshot, request: CallRequest) -> CallPlan:
    """Decides how a call is answered. Pure; no I/O.

    A language the tenant does not answer in becomes the tenant's first.
    """
    config = snapshot.config
    language = request.language or config.languages[0]
    if language not in config.languages:
        language = config.languages[0]
    words = snapshot.words[language]
    return CallPlan(
        call_id=request.call_id,
        channel=request.channel,
        snapshot=snapshot,
        language=language,
        stt=for_language(config.engines.stt, language),
        tts=for_language(config.engines.tts, language),
        llm=config.engines.llm,
        vad=config.engines.vad,
        turn=config.engines.turn,
        patience=config.patience,
        disclosure=words.disclosure,
        greeting=words.greeting,
        lines=words.lines,
        texts=words.concierge,
        instructions=words.instructions,
        hints=snapshot.hints,
    )
