"""What an admin sets for one tenant, exactly as the bundle is written."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from knowledge.documents.document import Document
from knowledge.hours import HoursConfig
from knowledge.people import Contact, Department
from knowledge.topics import Topic
from providers.spec import ProviderChain, ProviderSpec
from receptionist.appointments.config import Appointments
from receptionist.telephony.config import Phone
from receptionist.tenants.screen_config import GuardConfig
from receptionist.tools.remote.config import TenantTools

Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
"""ISO 639-1 code."""


class Model(BaseModel):
    """Frozen, and closed: an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Engines(Model):
    """Which engines fill each slot, one or several in order of preference.

    `stt` and `tts` are given per language, `*` is any other; what `*` names also takes over where
    the engines of a language fail. The concierge takes over from every other brain.
    """

    stt: Mapping[str, ProviderChain] = Field(
        default_factory=lambda: {"*": (ProviderSpec(id="whisper:base"),)}
    )
    tts: Mapping[str, ProviderChain] = Field(
        default_factory=lambda: {
            "en": (ProviderSpec(id="hibari:default"),),
            "it": (ProviderSpec(id="kokoro:if_sara"),),
            "es": (ProviderSpec(id="kokoro:ef_dora"),),
            "fr": (ProviderSpec(id="kokoro:ff_siwis"),),
            "pt": (ProviderSpec(id="kokoro:pf_dora"),),
            "de": (ProviderSpec(id="kokoro:de_if_sara"),),
            "*": (ProviderSpec(id="espeak:default"),),
        }
    )
    llm: ProviderChain = (ProviderSpec(id="concierge:default"),)
    embeddings: ProviderSpec = ProviderSpec(id="use-multilingual:default")
    vad: ProviderSpec = ProviderSpec(id="silero:default")
    turn: ProviderSpec = ProviderSpec(id="smart-turn:default")


class Patience(Model):
    """How long the assistant waits for the caller and for itself."""

    reask_after_ms: Annotated[int, Field(ge=2000, le=60000)] = 7000
    dead_air_ms: Annotated[int, Field(ge=1000, le=4000)] = 3500
    max_call_s: Annotated[int, Field(ge=30, le=14400)] = 1800
    media_lost_ms: Annotated[int, Field(ge=1000, le=60000)] = 10000


class Recording(Model):
    """Whether callers are asked for their consent to being recorded.

    Attributes:
        ask: They are; who says yes is recorded from then on. Otherwise nobody is.
    """

    ask: bool = False


class TenantConfig(Model):
    """One tenant: company, languages, texts, engines, topics, people and hours.

    Attributes:
        schema_version: Version of this format.
        tenant: Short name used in addresses and records.
        company: The name callers hear.
        languages: Languages answered in; the first is the default.
        start_language: `first` begins in the first language, `ask` also says how to choose another.
        numbers: Language of the calls that come to a number or room.
        country: ISO 3166-1 alpha-2, for holidays and emergency numbers.
        time_zone: IANA name, such as `Europe/Rome`.
        greeting: What is said after the disclosure, per language.
        instructions: Plain-language instructions for a language model, by title.
        escalation: Id of the department a caller who wants a person is put through to.
        escalation_next: Ids of the departments and people rung after it when nobody answers there.
        documents: What the documents of the bundle say.
        recording: Whether callers are asked if the call may be recorded.
        appointments: What can be booked, and in whose calendar.
        tools: HTTP requests and MCP servers the assistant may use.
        phone: Who is answered on the telephone, and how callers are put through.
        guard: Who is responsible, what is stricter than in the policy, and what is approved.
    """

    schema_version: Literal[1] = 1
    tenant: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    company: Annotated[str, Field(min_length=1, max_length=120)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    start_language: Literal["first", "ask"] = "first"
    numbers: Mapping[str, Language] = Field(default_factory=dict[str, str])
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    time_zone: str
    greeting: Mapping[Language, str] = Field(default_factory=dict[str, str])
    instructions: Mapping[str, str] = Field(default_factory=dict[str, str])
    escalation: str
    escalation_next: tuple[str, ...] = ()
    engines: Engines = Engines()
    patience: Patience = Patience()
    recording: Recording = Recording()
    hours: HoursConfig
    departments: Annotated[tuple[Department, ...], Field(min_length=1)]
    contacts: tuple[Contact, ...] = ()
    topics: tuple[Topic, ...] = ()
    documents: tuple[Document, ...] = ()
    appointments: Appointments = Appointments()
    tools: TenantTools = TenantTools()
    phone: Phone = Phone()
    guard: GuardConfig
