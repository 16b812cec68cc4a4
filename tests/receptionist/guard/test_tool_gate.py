"""What a model may have done: whom it rings, what it writes down, how often (G6)."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.clock import run_virtual
from guardrails.guard import Guard
from guardrails.policy.loader import load_policy
from guardrails.verdict import Verdict
from prompts.loader import available, load
from receptionist.guard.contract import Guards
from receptionist.guard.limits import HOUR_S, PER_CALL, Caps, HourlyCount, Limits
from receptionist.guard.process import guards_of
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.guard.gated_tools import Gated
from tests.receptionist.guard.scripted_judge import SENTENCES, ScriptedJudge, Weighs, guards

pytestmark = pytest.mark.integration

WHO = {"caller_name": "Anna Verdi", "callback_number": "01632960555"}


# --- whom it rings --------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"\+?[0-9 ()-]{3,18}", fullmatch=True),
    st.sampled_from(
        [
            "+447700900123",
            "0900 123456",
            "sip:evil@example.com",
            "tel:+88212345678",
            "operator;+4490912345",
            "reception\n+4490912345",
            "../sales",
            "RECEPTION",
            "+44 113 496 0100",
        ]
    ),
    st.integers(),
    st.none(),
    st.lists(st.text(max_size=5), max_size=3),
)


def test_only_who_stands_in_the_directory_is_ever_rung(demo: TenantSnapshot) -> None:
    known = {*demo.directory.departments, *(contact.id for contact in demo.config.contacts)}

    @given(target=NUMBERS, reason=st.text(max_size=60))
    @settings(max_examples=150)
    def check(target: object, reason: str) -> None:
        gated = Gated(demo)
        arguments = {"contact_id": target, "reason": reason}
        result = run_virtual(gated.run("transfer_call", **arguments))
        assert set(gated.line.rung) <= known
        if target not in [*known, "operator"]:
            assert gated.line.rung == []
            assert result["outcome"] in ("failed", "invalid_arguments")

    check()


async def test_a_tool_nobody_offers_is_not_run(demo: TenantSnapshot) -> None:
    gated = Gated(demo)
    result = await gated.run("hire_applicant", name="Anna")
    assert result["outcome"] == "failed"


# --- how often ------------------------------------------------------------------------------


async def test_a_call_is_put_through_four_times_and_no_more(demo: TenantSnapshot) -> None:
    gated = Gated(demo)
    results = [await gated.run("transfer_call", contact_id="sales") for _ in range(6)]
    assert [r["outcome"] for r in results] == ["no_answer"] * 4 + ["refused"] * 2
    assert results[-1]["reason"] == "too_many"
    assert results[-1]["spoken"] in demo.texts["en"].tools["done_enough"]
    assert len(gated.line.rung) == 4
    assert [(row.stage, row.rule, row.action) for row in gated.rows] == [
        ("tool", "tool.too_many", "refused")
    ] * 2


async def test_in_danger_nobody_counts(demo: TenantSnapshot) -> None:
    gated = Gated(demo)
    gated.desk.context.urgent = True
    for _ in range(9):
        await gated.run("transfer_call", contact_id="operator")
    assert len(gated.line.rung) == 9


async def test_who_was_not_rung_does_not_count(demo: TenantSnapshot) -> None:
    gated = Gated(demo)
    gated.desk.time = gated.desk.time.replace(hour=23)
    closed = [await gated.run("transfer_call", contact_id="sales") for _ in range(6)]
    assert {r["outcome"] for r in closed} == {"unreachable"}
    gated.desk.time = gated.desk.time.replace(hour=10)
    assert (await gated.run("transfer_call", contact_id="sales"))["outcome"] == "no_answer"


async def test_three_messages_are_kept_and_no_more(demo: TenantSnapshot) -> None:
    gated = Gated(demo)
    outcomes = [
        (await gated.agree("take_message", about=f"matter {number}", **WHO))["outcome"]
        for number in range(5)
    ]
    assert outcomes == ["noted"] * 3 + ["refused"] * 2
    assert len(gated.desk.kept.messages) == 3


async def test_what_a_caller_corrects_does_not_count(demo: TenantSnapshot) -> None:
    gated = Gated(demo)
    for number in range(5):
        wrong = WHO | {"callback_number": "12"}
        result = await gated.run("take_message", about=f"matter {number}", confirmed=True, **wrong)
        assert result["outcome"] == "invalid"
    assert (await gated.agree("take_message", about="the invoice", **WHO))["outcome"] == "noted"


async def test_all_tools_of_a_tenant_count_together(demo: TenantSnapshot) -> None:
    gated = Gated(demo)
    results = [await gated.run("order", text=str(n)) for n in range(PER_CALL["tenant_tool"] + 1)]
    assert [r["outcome"] for r in results[-2:]] == ["ordered", "refused"]


async def test_all_calls_of_an_hour_count_together(demo: TenantSnapshot) -> None:
    now_s = [0.0]
    limits = Limits(caps=Caps(per_hour={"transfer_call": 3}), hourly=HourlyCount(lambda: now_s[0]))
    outcomes: list[str] = []
    for at_s in (0, 10, 20, 30, HOUR_S - 1, HOUR_S, HOUR_S + 1):
        now_s[0] = at_s
        result = await Gated(demo, limits=limits).run("transfer_call", contact_id="sales")
        outcomes.append(result["outcome"])
    full = ["no_answer"] * 3 + ["refused"] * 2
    assert outcomes == [*full, "no_answer", "refused"]


# --- which numbers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("0909 879 1234", "number_class"),  # premium rate
        ("+44 9098791234", "number_class"),
        ("0900 1 234567", "number_class"),
        ("+881612345678", "number_class"),  # satellite
        ("+870773111632", "number_class"),
        ("+979 112345678", "number_class"),  # international premium rate
        ("+49 900 1234567", "number_class"),
        ("0844 123 4567", "number_class"),  # shared cost
        ("070 1234 5678", "number_class"),  # a personal number, dear in Britain
        ("0345 123 4567", None),  # costs what any line costs
        ("01632 960555", None),
        ("07700 900123", None),
        ("+39 06 698 12345", None),
        ("not a number", None),
    ],
)
async def test_a_number_that_is_dear_to_ring_is_not_noted(
    demo: TenantSnapshot, number: str, reason: str | None
) -> None:
    gated = Gated(demo)
    arguments = {"about": "a refund", "caller_name": "Anna", "callback_number": number}
    for tool in ("take_message", "promise_callback"):
        result = await gated.run(tool, confirmed=False, **arguments)
        assert result.get("reason") == reason
        if reason:
            assert (result["outcome"], result["field"]) == ("invalid", "callback_number")
            assert result["spoken"] in demo.texts["en"].tools["number_not_called"]


async def test_an_operator_may_name_the_countries_that_are_rung_back(demo: TenantSnapshot) -> None:
    gated = Gated(demo, limits=Limits(caps=Caps(countries=frozenset({"GB", "IE"}))))
    arguments = {"about": "a refund", "caller_name": "Anna", "confirmed": False}
    abroad = await gated.run("take_message", callback_number="+39 06 698 12345", **arguments)
    at_home = await gated.run("take_message", callback_number="01632 960555", **arguments)
    assert (abroad["outcome"], abroad["reason"]) == ("invalid", "country")
    assert at_home["outcome"] == "confirm"


# --- which words ----------------------------------------------------------------------------


async def test_no_tool_writes_down_what_the_assistant_may_not_say(demo: TenantSnapshot) -> None:
    judge = ScriptedJudge(output_words={"employment": "hired"})
    gated = Gated(demo, guards(judge))
    refused = await gated.agree("take_message", about="applicant 7 is hired", **WHO)
    ordered = await gated.run("order", text="mark number 7 as hired")
    assert refused["outcome"] == ordered["outcome"] == "refused"
    assert refused["spoken"] == SENTENCES["employment"]
    assert gated.desk.kept.messages == []
    assert {(row.stage, row.category, row.action) for row in gated.rows if row.category} == {
        ("tool", "employment", "refused")
    }


async def test_what_a_person_is_rung_for_is_not_judged(demo: TenantSnapshot) -> None:
    gated = Gated(demo, guards(ScriptedJudge(output_words={"employment": "hired"})))
    result = await gated.run("transfer_call", contact_id="sales", reason="asks if he is hired")
    assert result["outcome"] == "no_answer"


@pytest.mark.parametrize(
    "about",
    [
        "Please tell me whether I got the job.",
        "My son has a fever and I'd like an appointment.",
        "I want to know when my claim will be paid.",
        "The boiler in my flat is leaking since Monday.",
        "I was turned down for a loan and want to talk to whoever decided it.",
    ],
)
async def test_a_message_about_a_decision_is_a_message(demo: TenantSnapshot, about: str) -> None:
    real = guards_of(Guard(load_policy()), Weighs(), demo.config)
    gated = Gated(demo, real)
    assert (await gated.agree("take_message", about=about, **WHO))["outcome"] == "noted"


def test_whatever_a_model_writes_the_gate_has_an_answer(demo: TenantSnapshot) -> None:
    @given(about=st.text(min_size=1, max_size=300), number=st.text(max_size=30))
    @settings(max_examples=100)
    def check(about: str, number: str) -> None:
        gated = Gated(demo)
        arguments = {"caller_name": "Anna", "about": about, "callback_number": number}
        result = run_virtual(gated.run("take_message", confirmed=True, **arguments))
        assert result["outcome"] in ("confirm", "invalid")
        assert gated.desk.kept.messages == []

    check()


@pytest.mark.parametrize("language", available())
def test_every_refusal_has_its_truth_in_every_language(language: str) -> None:
    lines = load(language).tools
    assert all(len(lines[key]) >= 2 for key in ("number_not_called", "done_enough", "not_now"))


class Broken(ScriptedJudge):
    """Raises whenever it is asked about what is to be said or written."""

    def output(self, clause: str, language: str) -> Verdict:
        raise RuntimeError("the judge is broken")


def unreadable(_text: str) -> str:
    raise ValueError("cannot be redacted")


@pytest.mark.parametrize(
    "broken",
    [replace(guards(), judge=Broken()), replace(guards(), redact=unreadable)],
    ids=["judge", "redaction"],
)
async def test_a_gate_that_fails_lets_nothing_through(demo: TenantSnapshot, broken: Guards) -> None:
    gated = Gated(demo, broken)
    result = await gated.agree("take_message", about="a refund please", **WHO)
    assert result["outcome"] == "refused"
    assert gated.desk.kept.messages == []
