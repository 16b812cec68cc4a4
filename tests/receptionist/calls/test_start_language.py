"""The language a call begins in."""

from dataclasses import replace
from typing import Any

import pytest

from receptionist.calls.plan import CallRequest, in_language, resolve
from receptionist.tenants.snapshot import TenantSnapshot

pytestmark = pytest.mark.integration

NUMBERS = {"+390212345678": "it", "sala": "it", "+4930123456": "de"}


def answering(demo: TenantSnapshot, **settings: Any) -> TenantSnapshot:
    return replace(demo, config=demo.config.model_copy(update=settings))


def request(**asked: Any) -> CallRequest:
    return CallRequest(call_id="c1", channel="recording", **asked)


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ({}, "en"),
        ({"called": "+390212345678"}, "it"),
        ({"called": "sala"}, "it"),
        ({"called": "+441632960000"}, "en"),
        ({"called": "+390212345678", "language": "en"}, "en"),
        ({"called": "+4930123456"}, "en"),
    ],
    ids=["none", "number", "room", "other number", "asked for", "language not spoken"],
)
def test_the_number_decides_unless_the_caller_has(
    demo: TenantSnapshot, asked: dict[str, str], language: str
) -> None:
    assert resolve(answering(demo, numbers=NUMBERS), request(**asked)).language == language


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ({}, False),
        ({"called": "sala"}, True),
        ({"called": "+441632960000"}, False),
        ({"called": "+4930123456"}, False),
        ({"language": "en"}, True),
    ],
    ids=["none", "room", "other number", "language not spoken", "asked for"],
)
def test_a_language_is_chosen_by_a_number_of_it_or_by_asking(
    demo: TenantSnapshot, asked: dict[str, str], chosen: bool
) -> None:
    assert resolve(answering(demo, numbers=NUMBERS), request(**asked)).chosen is chosen


def test_whoever_asks_invites_in_every_language(demo: TenantSnapshot) -> None:
    plan = resolve(answering(demo, start_language="ask"), request())
    assert list(plan.choices) == list(demo.config.languages)
    assert plan.opening.endswith("Per l'italiano, dica italiano.")


@pytest.mark.parametrize("settings", [{"start_language": "first"}, {"start_language": "ask"}])
def test_a_language_that_is_known_is_not_asked_for(
    demo: TenantSnapshot, settings: dict[str, str]
) -> None:
    plan = resolve(answering(demo, **settings), request(language="it"))
    assert plan.choices == {}


def test_a_call_goes_on_with_its_own_patience(demo: TenantSnapshot) -> None:
    plan = resolve(demo, request())
    other = in_language(plan, "it")
    assert (other.call_id, other.language) == ("c1", "it")
    assert other.patience is plan.patience
    assert other.disclosure.startswith("Buongiorno")
