"""The tool that goes on in another language."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext
from receptionist.tools.registry import ToolRunner
from receptionist.tools.switch_language import SwitchLanguage, code_of

pytestmark = pytest.mark.integration


def on_a_call(demo: TenantSnapshot) -> ToolContext:
    return ToolContext(
        snapshot=demo,
        language="en",
        now=lambda: datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        line=NoLine(),
    )


def runner(context: ToolContext) -> ToolRunner:
    return ToolRunner(context, lambda _: None)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("italian", "it"),
        ("Italiano", "it"),
        ("it", "it"),
        ("Deutsch", "de"),
        ("allemand", "de"),
        ("espanol", "es"),
        ("Español.", "es"),
        ("castellano", "es"),
        ("portugues", "pt"),
        ("français", "fr"),
        ("japonés", "ja"),
        ("Klingon", None),
        ("", None),
    ],
)
def test_a_language_is_known_by_its_names(name: str, code: str | None) -> None:
    assert code_of(name) == code


@given(st.text(max_size=30))
def test_any_text_names_a_language_or_none(name: str) -> None:
    code = code_of(name)
    assert code is None or len(code) == 2


async def test_the_call_is_switched_before_its_tools_are(demo: TenantSnapshot) -> None:
    context = on_a_call(demo)
    seen: list[tuple[str, str]] = []

    async def switch(language: str) -> None:
        seen.append((language, context.language))

    context.switch = switch
    result = await runner(context).run(SwitchLanguage.name, {"language": "italiano"})
    assert result == {"outcome": "switched", "language": "it"}
    assert seen == [("it", "en")]
    assert context.language == "it"


async def test_a_switch_that_fails_leaves_the_tools_in_the_old_language(
    demo: TenantSnapshot,
) -> None:
    context = on_a_call(demo)

    async def switch(language: str) -> None:
        raise RuntimeError(f"no voice for {language}")

    context.switch = switch
    result = await runner(context).run(SwitchLanguage.name, {"language": "it"})
    assert result["outcome"] == "failed"
    assert context.language == "en"


async def test_the_language_of_the_call_is_not_switched_to(demo: TenantSnapshot) -> None:
    result = await runner(on_a_call(demo)).run(SwitchLanguage.name, {"language": "inglese"})
    assert result == {"outcome": "already", "language": "en"}


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "I don't speak Japanese. I speak English"), ("it", "non parlo giapponese")],
)
async def test_what_is_not_spoken_is_said_in_the_language_of_the_call(
    demo: TenantSnapshot, language: str, told: str
) -> None:
    context = replace(on_a_call(demo), language=language)
    result = await runner(context).run(SwitchLanguage.name, {"language": "japanese"})
    assert result["outcome"] == "not_available"
    assert result["languages"] == list(demo.config.languages)
    assert told in result["spoken"]
    assert result["spoken"].endswith("?")
