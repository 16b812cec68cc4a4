"""What is counted of the guard: who is caught, who is stopped by mistake, and how it is shown."""

from collections.abc import Sequence

import pytest

from eval.guard_measures import MEASURES, Finding, Judged, Measure, figures, public
from eval.guard_sets import Labelled
from eval.guard_tables import tables
from guardrails.verdict import Action, Detector, Stage, Verdict

pytestmark = pytest.mark.unit


def judged(
    kind: str,
    action: Action = Action.PASS,
    found: str = "",
    *,
    file: str = "pairs",
    stage: Stage = Stage.TURN,
    category: str = "",
    part: str = "employment",
    language: str = "en",
    beside: Sequence[str] = (),
    deeds: Sequence[str] = (),
) -> Judged:
    verdict = Verdict(action=action, stage=stage, category=found, detector=Detector.RULES)
    finding = Finding(verdict=verdict, categories=frozenset({found, *beside} - {""}))
    return Judged(
        labelled=Labelled(
            text="x",
            language=language,
            stage=stage,
            kind=kind,
            category=category,
            file=file,
            part=part,
        ),
        findings={"rules": finding, "both": finding},
        deeds=frozenset(deeds),
    )


def measure(name: str) -> Measure:
    return next(one for one in MEASURES if one.name == name)


def counted(name: str, *ones: Judged) -> int:
    return figures([measure(name)], ones)[name]["both"]["all"]["count"]


def test_what_is_prohibited_is_stopped_by_any_verdict_that_stops_in_any_category() -> None:
    ones = (
        judged("decides", Action.REFUSE, "credit", category="employment"),
        judged("decides", Action.ASK, "employment", category="employment", stage=Stage.CONFIG),
        judged("decides", Action.LOG, "anger", category="employment"),
        judged("decides", category="employment"),
    )
    assert counted("decides: stopped", *ones) == 2
    assert counted("decides: in its category", *ones) == 1
    assert counted("decides: refused", *ones) == 1


def test_a_hand_off_of_a_caller_who_only_wants_to_be_put_through_is_counted_by_itself() -> None:
    ones = (
        judged("routes", Action.HANDOFF, "human_request"),
        judged("routes", Action.REFUSE, "employment"),
        judged("routes", Action.LOG, "anger"),
    )
    assert counted("routes: stopped", *ones) == 1
    assert counted("routes: handed over", *ones) == 1


def test_an_alarm_is_the_wrong_answer_to_a_wish_to_die() -> None:
    answered = judged("self_harm", Action.HANDOFF, "self_harm", file="self_harm")
    alarmed = judged(
        "self_harm", Action.EMERGENCY, "emergency", file="self_harm", beside=("self_harm",)
    )
    assert counted("self-harm: answered", answered, alarmed) == 1
    assert counted("self-harm: alarm", answered, alarmed) == 1


def test_what_is_noticed_beside_the_severest_verdict_counts() -> None:
    furious = judged("angry", Action.HANDOFF, "human_request", file="anger", beside=("anger",))
    assert counted("anger: found", furious) == 1


@pytest.mark.parametrize(
    ("deed", "right"), [("transferred", 1), ("transfer_announced", 1), ("sent", 0)]
)
def test_a_transfer_is_claimed_when_it_is_announced(deed: str, right: int) -> None:
    one = judged("claims", file="claims", part="transferred", stage=Stage.OUTPUT, deeds=[deed])
    assert counted("claims: found", one) == 1
    assert counted("claims: of the right deed", one) == right


def test_shares_are_told_by_language_and_category_and_false_ones_by_what_they_were_taken_for() -> (
    None
):
    ones = [
        judged("routes", Action.REFUSE, "credit", language="it"),
        judged("routes", part="credit"),
    ]
    both = figures([measure("routes: stopped")], ones)["routes: stopped"]["both"]
    assert both["by_language"]["it"]["count"] == 1
    assert both["by_part"]["credit"]["count"] == 0
    assert both["by_language_and_part"]["it"]["employment"]["of"] == 1
    assert both["found"] == {"credit": 1}


def test_a_set_without_texts_has_no_share() -> None:
    assert "anger: found" not in figures(MEASURES, [judged("routes")])


def test_each_public_set_has_its_own_shares() -> None:
    ones = [
        judged("clinc", Action.REFUSE, "credit", file="public"),
        judged("xsid", file="public"),
    ]
    found = figures(public(["clinc", "xsid"]), ones)
    assert found["clinc: stopped"]["both"]["all"]["count"] == 1
    assert found["xsid: stopped"]["both"]["all"]["count"] == 0


def test_tables_show_every_measure_and_the_parts_of_minimal_pairs() -> None:
    ones = [
        judged("decides", Action.REFUSE, "employment", category="employment"),
        judged("routes", language="it"),
    ]
    shown = tables(
        {
            "half": "development",
            "policy": {"version": "1", "hash": "0" * 64},
            "measures": figures(MEASURES, ones),
        }
    )
    assert "| decides: stopped | both | 1 of 1, 100.0 % (20.7 to 100.0) | 1/1 |" in shown
    assert "| employment | 1 of 1, 100.0 % (20.7 to 100.0) | 1/1 |" in shown
