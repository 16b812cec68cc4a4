"""`receptionist questions`: what callers asked and got no answer to."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Annotated

import typer

from providers.contracts import Embedder
from providers.spec import ProviderSpec, Slot
from receptionist.answering import answering_bundle
from receptionist.commands.records import (
    AsJson,
    TenantName,
    console,
    local_time,
    open_database,
    print_json,
    spoken,
    table,
)
from receptionist.database import Database
from receptionist.errors import ConfigurationError, NotFoundError
from receptionist.questions.faq_draft import topic_draft
from receptionist.questions.records import GroupState, QuestionGroup
from receptionist.questions.repository import QuestionRepository, tenants_with_questions
from receptionist.questions.service import group_questions
from receptionist.resources import open_resources
from receptionist.settings import Settings
from receptionist.tenants.config import Engines

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Show what callers asked and got no answer to, and make topics of it.",
)

Group = Annotated[str, typer.Argument(metavar="GROUP", help="A group of questions, as listed.")]
Language = Annotated[
    str | None, typer.Option(help="Only this language, such as en or it.", show_default="all")
]
Limit = Annotated[int, typer.Option(min=1, help="How many, the most asked first.")]


@app.command("list")
def list_questions(
    tenant: TenantName = None,
    language: Language = None,
    limit: Limit = 20,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that were answered or dismissed too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Lists groups of questions that ask the same, the most asked first."""
    groups = asyncio.run(_groups(tenant, language, limit, everything))
    if as_json:
        print_json(groups)
        return
    shown = table("Unanswered questions", "group", "tenant", "language", "asked", "last", "nearest")
    shown.add_column("in the callers' words", overflow="fold")
    if everything:
        shown.add_column("state")
    for group in groups:
        shown.add_row(
            group.id,
            group.tenant,
            group.language,
            str(group.count),
            local_time(group.last_asked),
            spoken(group.nearest_topic or ""),
            spoken(" / ".join(group.examples)),
            *([group.state] if everything else []),
        )
    console().print(shown if groups else "No question is waiting for an answer.")


@app.command()
def draft(group: Group) -> None:
    """Prints a topic that would answer the questions of a group; write its answer."""
    typer.echo(topic_draft(asyncio.run(_find(group))), nl=False)


@app.command()
def answered(group: Group) -> None:
    """Notes that a topic answers these questions now; asked in vain again, they come back."""
    asyncio.run(_settle(group, GroupState.ANSWERED))


@app.command()
def dismiss(group: Group) -> None:
    """Notes that these questions are not to be answered."""
    asyncio.run(_settle(group, GroupState.DISMISSED))


async def _groups(
    tenant: str | None, language: str | None, limit: int, everything: bool
) -> Sequence[QuestionGroup]:
    async with await open_database() as database:
        tenants = [tenant] if tenant else await _tenants(database)
        await _group_new(database, tenants)
        async with database.read() as session:
            found = [
                group
                for name in tenants
                for group in await QuestionRepository(session, name).groups(
                    limit, state=None if everything else GroupState.OPEN, language=language
                )
            ]
    return sorted(found, key=lambda group: (-group.count, -group.last_asked.timestamp()))[:limit]


async def _group_new(database: Database, tenants: Sequence[str]) -> None:
    """Groups what was asked since the last look; embedders are loaded only for that."""
    async with database.read() as session:
        waiting = [name for name in tenants if await QuestionRepository(session, name).ungrouped()]
    if not waiting:
        return
    settings = Settings.read()
    async with AsyncExitStack() as owned:
        resources = open_resources(settings, owned, phrases=False)
        for name in waiting:
            spec = await _embeddings(settings, name)
            embedder = await resources.load(Slot.EMBEDDINGS, spec)
            assert isinstance(embedder, Embedder)
            await group_questions(database, name, embedder.embed)


async def _embeddings(settings: Settings, tenant: str) -> ProviderSpec:
    """Returns what embeds the questions of `tenant`: the engine its bundle names, if it is here."""
    try:
        config = (await answering_bundle(settings)).config
    except ConfigurationError:
        return Engines().embeddings
    return config.engines.embeddings if config.tenant == tenant else Engines().embeddings


async def _find(group: str) -> QuestionGroup:
    async with await open_database() as database:
        tenant = await _owner(database, group)
        async with database.read() as session:
            return await QuestionRepository(session, tenant).get(group)


async def _settle(group: str, state: GroupState) -> None:
    async with await open_database() as database:
        tenant = await _owner(database, group)
        async with database.write() as session:
            await QuestionRepository(session, tenant).settle(group, state, datetime.now(UTC))


async def _owner(database: Database, group: str) -> str:
    for tenant in await _tenants(database):
        try:
            async with database.read() as session:
                await QuestionRepository(session, tenant).get(group)
        except NotFoundError:
            continue
        return tenant
    raise NotFoundError(
        f"There is no group of questions {group!r}. `receptionist questions list` shows them."
    )


async def _tenants(database: Database) -> Sequence[str]:
    async with database.read() as session:
        return await tenants_with_questions(session)
