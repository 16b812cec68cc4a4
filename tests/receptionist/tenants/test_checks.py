"""What a bundle names must exist, and one mistake is said once."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from receptionist.tenants import DEMO
from receptionist.tenants.bundle import examine

pytestmark = pytest.mark.unit

Said = Callable[[str], list[str]]


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """Tells what is wrong with the demo when `tenant.yaml` starts with other lines."""

    def told(start: str) -> list[str]:
        folder = tmp_path / "copy"
        shutil.copytree(DEMO, folder)
        tenant = folder / "tenant.yaml"
        kept = [
            line
            for line in tenant.read_text().splitlines()
            if line.split(":")[0] not in {key.split(":")[0] for key in start.splitlines()}
        ]
        tenant.write_text("\n".join([start, *kept]))
        return [str(problem) for problem in examine(folder).problems]

    return told


@pytest.mark.parametrize(
    ("engines", "problem"),
    [
        (
            "stt:\n    en: nothing:x",
            "tenant.yaml:3: nothing:x: there is no stt engine 'nothing'. Use one of whisper, ",
        ),
        (
            "tts:\n    '*':\n      id: pipecat:nosuch",
            "tenant.yaml:3: pipecat:nosuch: pipecat has no tts service 'nosuch'. Use one of ",
        ),
        (
            "llm: whisper:base",
            "tenant.yaml:2: whisper:base: there is no llm engine 'whisper'. "
            "'whisper' is an engine for stt. ",
        ),
        ("vad: none", "tenant.yaml:2: none: there is no vad engine 'none'. "),
    ],
)
def test_an_engine_nobody_has_is_named_where_it_is(said: Said, engines: str, problem: str) -> None:
    [found] = said(f"engines:\n  {engines}")
    assert found.startswith(problem)


def test_engines_that_exist_are_no_problem(said: Said) -> None:
    engines = "{stt: {'*': 'pipecat:deepgram'}, tts: {en: 'pipecat:elevenlabs/v'}, llm: 'openai:x'}"
    assert said(f"engines: {engines}") == []


def test_engines_that_cannot_be_read_are_left_to_what_reads_them(said: Said) -> None:
    assert len(said("engines: {stt: whisper, llm: [a]}")) == 2


def test_a_language_without_texts_is_one_problem(said: Said) -> None:
    [found] = said("languages: [en, it, xx]")
    assert found.startswith("tenant.yaml:1: no texts for 'xx'; there are: ")


def test_a_secret_written_in_plain_is_refused_and_not_repeated(said: Said) -> None:
    llm = "id: openai:gpt\n    secrets:\n      api_key: sk-plain"
    assert said(f"engines:\n  llm:\n    {llm}") == [
        "tenant.yaml:5: engines.llm.secrets.api_key: "
        "write env:NAME or file:/path, never the secret itself"
    ]


def test_whoever_is_rung_after_the_escalation_must_exist(said: Said) -> None:
    [found] = said("escalation_next: [sales, nobody, helen-marsh]")
    assert found.startswith("tenant.yaml:1: ")
    assert found.endswith("there is no department or person 'nobody'")
