"""A tenant made ready to answer: compiled once, shared by its calls, never changed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import prompts.loader as prompt_texts
from knowledge.directory import Destination, Directory
from knowledge.documents.chunking import Identify, passages_of
from knowledge.index_cache import IndexCache
from knowledge.opening import OpeningHours
from knowledge.people import Contact, Department
from knowledge.topic_index import Embed, Progress, TopicIndex
from prompts.loader import Texts
from receptionist.errors import ConfigurationError
from receptionist.tenants.config import TenantConfig

_VERSION_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class TenantSnapshot:
    """Everything a call needs to know about the tenant it answers for.

    Attributes:
        config: What the admin set.
        version: Short hash of configuration and texts: equal versions answer alike.
        texts: What the assistant says, by language.
        topics: What it knows.
        directory: Whom it can reach.
        hours: When the tenant is open.
        own_hours: Opening hours of the departments and people that have their own, by id.
    """

    config: TenantConfig
    version: str
    texts: Mapping[str, Texts]
    topics: TopicIndex
    directory: Directory
    hours: OpeningHours
    own_hours: Mapping[str, OpeningHours]

    @cached_property
    def time_zone(self) -> ZoneInfo:
        """Where the tenant is."""
        return ZoneInfo(self.config.time_zone)

    @cached_property
    def escalation(self) -> Department:
        """The department for a caller who wants a person."""
        return self.directory.departments[self.config.escalation]

    def destination(self, identifier: str) -> Destination | None:
        """Returns the contact or department with this id; `operator` is the escalation."""
        return self.escalation if identifier == "operator" else self.directory.get(identifier)

    def hours_of(self, destination: Destination | None) -> OpeningHours:
        """Returns when `destination` can be reached: its hours, its department's, the tenant's."""
        if destination is None:
            return self.hours
        if destination.id in self.own_hours:
            return self.own_hours[destination.id]
        if isinstance(destination, Contact):
            return self.own_hours.get(destination.department, self.hours)
        return self.hours

    def language(self, wanted: str) -> str:
        """Returns `wanted` if the tenant answers in it, else the tenant's first language."""
        return wanted if wanted in self.config.languages else self.config.languages[0]


def compile_snapshot(
    config: TenantConfig,
    embed: Embed,
    *,
    identify: Identify | None = None,
    cache: IndexCache | None = None,
    progress: Progress | None = None,
) -> TenantSnapshot:
    """Returns `config` made ready to answer. Blocking: embeds every question; use a thread.

    Args:
        config: A tenant without problems.
        embed: Returns one row of length 1 per text.
        identify: Tells the language of a text; None takes documents to be in the first language.
        cache: Where the index of what it knows is kept between runs; None keeps none.
        progress: Told how far a large index is.

    Raises:
        ConfigurationError: there are no texts for a language.
    """
    try:
        texts = {language: prompt_texts.load(language) for language in config.languages}
    except prompt_texts.PromptError as error:
        raise ConfigurationError(str(error)) from error
    destinations = (*config.departments, *config.contacts)
    return TenantSnapshot(
        config=config,
        version=_version(config, texts),
        texts=texts,
        topics=TopicIndex(
            (*config.topics, *config.tools.topics(config.languages)),
            embed,
            passages=passages_of(config.documents, identify or _unidentified, config.languages),
            departments=config.departments,
            embedder=config.engines.embeddings.model_dump_json(),
            cache=cache,
            progress=progress,
        ),
        directory=Directory(config.departments, config.contacts),
        hours=_opening(config, None),
        own_hours={d.id: _opening(config, d) for d in destinations if d.hours is not None},
    )


def _unidentified(_text: str) -> str:
    return "und"


def _opening(config: TenantConfig, destination: Destination | None) -> OpeningHours:
    return OpeningHours(
        config.hours,
        country=config.country,
        time_zone=ZoneInfo(config.time_zone),
        own=destination.hours if destination is not None else None,
    )


def _version(config: TenantConfig, texts: Mapping[str, Texts]) -> str:
    digest = hashlib.sha256(config.model_dump_json().encode())
    for language in sorted(texts):
        digest.update(texts[language].sha256.encode())
    return digest.hexdigest()[:_VERSION_DIGITS]
