"""Groups new questions beside the calls: when somebody looks at them."""

import asyncio
from collections.abc import Sequence
from secrets import token_hex

from receptionist.database import Database
from receptionist.questions.grouping import Embed, grouped
from receptionist.questions.repository import NewQuestion, QuestionRepository

_ID_BYTES = 4


async def group_questions(database: Database, tenant: str, embed: Embed) -> int:
    """Puts every question of `tenant` that has no group yet into one; returns how many.

    Args:
        database: Where they are.
        tenant: Whose they are.
        embed: Returns one row of length 1 per text; it runs in a thread.
    """
    count = 0
    while True:
        async with database.read() as session:
            new = await QuestionRepository(session, tenant).ungrouped()
        if not new:
            return count
        for language in sorted({question.language for question in new}):
            asked = [question for question in new if question.language == language]
            await _group(database, tenant, language, asked, embed)
        count += len(new)


async def _group(
    database: Database, tenant: str, language: str, asked: Sequence[NewQuestion], embed: Embed
) -> None:
    async with database.read() as session:
        known = await QuestionRepository(session, tenant).examples(language)
    texts = [question.text for question in asked]
    found = await asyncio.to_thread(grouped, texts, list(known.values()), language, embed)
    names = list(known)
    async with database.write() as session:
        questions = QuestionRepository(session, tenant)
        for group in found:
            name = names[group.known] if group.known is not None else token_hex(_ID_BYTES)
            if group.known is None:
                await questions.create(name, language)
            await questions.assign(name, [asked[position] for position in group.questions])
