"""Sentences written before the patterns were tried, first met when those were done."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from providers.llm.concierge.turn import Language
from providers.llm.concierge.vocabulary import Kind

pytestmark = pytest.mark.integration

FOLDER = Path(__file__).parent / "utterances" / "unseen"
RIGHT_AT_LEAST = 0.93


@pytest.mark.parametrize("code", sorted(path.stem for path in FOLDER.glob("??.yaml")))
def test_an_unseen_sentence_is_understood_with_its_arguments(
    code: str, languages: Mapping[str, Language]
) -> None:
    written: list[tuple[str, str, dict[str, Any]]] = yaml.safe_load(
        (FOLDER / f"{code}.yaml").read_text(encoding="utf-8")
    )
    wrong: dict[str, str] = {}
    for kind, text, arguments in written:
        act = languages[code].understanding.acts(text)[-1]
        fits = act.kind.value == kind or (kind == Kind.ROUTE and bool(act.target))
        if not fits or any(getattr(act, name) != value for name, value in arguments.items()):
            wrong[text] = f"{act.kind} {act.target} {act.destination}"
    assert len(wrong) <= len(written) * (1 - RIGHT_AT_LEAST), wrong
