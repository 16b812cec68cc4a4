"""Whole conversations, in every language, as a caller has them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from prompts.loader import available
from providers.llm.concierge.state import ToolCall
from providers.llm.concierge.turn import Language
from tests.providers.llm.concierge.office import ALL_TOOLS, Caller, Office

pytestmark = pytest.mark.integration

FOLDER = Path(__file__).parent / "conversations"


def conversations() -> list[Any]:
    return [
        pytest.param(language, script, id=f"{language}: {name}")
        for language in available()
        for name, script in yaml.safe_load((FOLDER / f"{language}.yaml").read_text()).items()
    ]


@pytest.mark.parametrize(("language", "script"), conversations())
def test_the_caller_gets_what_was_asked_for(
    language: str, script: Mapping[str, Any], languages: Mapping[str, Language]
) -> None:
    office = Office(lines=script.get("lines", {}))
    caller = Caller(languages[language], office, script.get("tools", ALL_TOOLS))
    for said, tools, answer in script["turns"]:
        turn = caller.say(said)
        assert [call.name for call in turn.calls] == [tool.split(" ")[0] for tool in tools], said
        for call, tool in zip(turn.calls, tools, strict=True):
            given = {key: str(value) for key, value in call.arguments.items()}
            assert expected(tool).items() <= given.items(), said
        assert re.search(answer, turn.said, re.IGNORECASE), f"{said!r} -> {turn.said!r}"


def test_every_language_has_sixty_turns() -> None:
    for language in available():
        scripts = yaml.safe_load((FOLDER / f"{language}.yaml").read_text())
        assert sum(len(script["turns"]) for script in scripts.values()) >= 60, language


def expected(tool: str) -> Mapping[str, str]:
    """Reads `name key=value words key=value` as the arguments it names."""
    keys = r"(?:^|\s)(\w+)=(.*?)(?=\s\w+=|$)"
    return dict(re.findall(keys, tool))


def test_a_script_names_arguments_with_spaces_in_them() -> None:
    assert expected("find_contact name=mario rossi department=legal") == {
        "name": "mario rossi",
        "department": "legal",
    }
    assert ToolCall(identifier="1", name="x", arguments={"a": "b"}).arguments == {"a": "b"}
