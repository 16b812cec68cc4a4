"""What is known of a call before it is answered."""

import time

import pytest

from receptionist.calls.plan import CallRequest, resolve
from receptionist.tenants.snapshot import TenantSnapshot

pytestmark = pytest.mark.integration


def request(language: str | None = None) -> CallRequest:
    return CallRequest(call_id="c1", channel="recording", language=language)


def test_a_call_is_in_the_language_asked_for(demo: TenantSnapshot) -> None:
    plan = resolve(demo, request("it"))
    assert plan.language == "it"
    assert "Brindlewick" in plan.disclosure


@pytest.mark.parametrize("language", [None, "xx"])
def test_otherwise_it_is_in_the_first_language_of_the_tenant(
    demo: TenantSnapshot, language: str | None
) -> None:
    assert resolve(demo, request(language)).language == demo.config.languages[0]


def test_no_greeting_of_a_tenant_replaces_the_disclosure(demo: TenantSnapshot) -> None:
    for language in demo.config.languages:
        plan = resolve(demo, request(language))
        disclosure = demo.texts[language].session["disclosure"][0]
        assert plan.disclosure == disclosure.replace("{company}", demo.config.company)
        assert plan.greeting


def test_no_line_keeps_a_hole_for_a_name(demo: TenantSnapshot) -> None:
    """What is said in danger is filled in when it is said: numbers are spoken digit by digit."""
    for language in demo.config.languages:
        lines = resolve(demo, request(language)).lines
        holes = {occasion for occasion, texts in lines.items() if "{" in "".join(texts)}
        # A callback names what was asked for and who is rung when it is dialled; a menu names
        # those who are there when it is read.
        later = ("emergency_", "self_harm_", "callback_", "menu_")
        assert all(occasion.startswith(later) for occasion in holes)


def test_variants_of_a_line_take_turns(demo: TenantSnapshot) -> None:
    plan = resolve(demo, request("en"))
    variants = plan.lines["filler"]
    assert [plan.line("filler", turn) for turn in range(len(variants))] == list(variants)


def test_a_plan_is_made_within_a_millisecond(demo: TenantSnapshot) -> None:
    resolve(demo, request())
    times_s: list[float] = []
    for _ in range(20):
        began_s = time.perf_counter()
        resolve(demo, request())
        times_s.append(time.perf_counter() - began_s)
    assert min(times_s) < 0.001
