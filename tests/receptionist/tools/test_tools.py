"""Each tool gives the outcomes its contract names."""

from dataclasses import replace

import pytest

from knowledge.directory import Directory
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.lines import ScriptedLine, line_with
from tests.receptionist.tools.desk import Desk

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("language", "question", "topic", "spoken"),
    [
        ("en", "where can I leave my car", "parking", "behind the building"),
        ("it", "dove lascio la macchina", "parking", "dietro l'edificio"),
    ],
)
async def test_a_question_is_answered_in_the_language_of_the_call(
    demo: TenantSnapshot, language: str, question: str, topic: str, spoken: str
) -> None:
    result = await Desk(demo, language).run("search_knowledge", question=question)
    assert (result["outcome"], result["topic"]) == ("answered", topic)
    assert spoken in result["spoken"]
    assert result["escalate"] == "never"
    assert result["score"] > 0
    assert all(match["topic"] != topic for match in result["alternatives"])


async def test_a_topic_may_ask_for_a_person(demo: TenantSnapshot) -> None:
    result = await Desk(demo).run("search_knowledge", question="I can smell gas")
    assert (result["topic"], result["escalate"]) == ("gas-leak", "always")
    assert result["contact"]["name"] == "repairs"
    assert result["department"] == "repairs"


async def test_a_foreign_question_is_unknown_and_has_no_answer(demo: TenantSnapshot) -> None:
    result = await Desk(demo).run("search_knowledge", question="who won the football last night")
    assert result["outcome"] == "unknown"
    assert "spoken" not in result


async def test_hours_now_and_on_a_holiday(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    now = await desk.run("check_hours")
    assert now["outcome"] == "open"
    assert now["intervals"] == [["09:00", "13:00"], ["14:00", "18:00"]]
    assert now["next_opening"] == "2026-11-23T14:00:00+00:00"
    holiday = await desk.run("check_hours", when="are you open on christmas day")
    assert (holiday["outcome"], holiday["date"]) == ("holiday", "2026-12-25")
    assert holiday["holiday"] == "Christmas Day"
    assert holiday["open_now"] is True
    desk.time = desk.time.replace(hour=13, minute=30)
    assert (await desk.run("check_hours"))["outcome"] == "closed"


@pytest.mark.parametrize(
    ("destination", "said"),
    [
        ("repairs", "repairs is open from eight in the morning to eight in the evening"),
        ("the boiler people", "repairs is open from eight in the morning"),
        ("kofi mensah", "Kofi Mensah is in from nine to one"),
        ("", "we're open from nine to one and from two to six"),
        ("the moon", "we're open from nine to one and from two to six"),
    ],
)
async def test_hours_of_a_department_a_person_or_else_the_company(
    demo: TenantSnapshot, destination: str, said: str
) -> None:
    result = await Desk(demo).run("check_hours", when="tomorrow", destination=destination)
    assert result["outcome"] == "hours"
    assert said in result["spoken"]


async def test_a_contact_is_found_without_its_number(demo: TenantSnapshot) -> None:
    result = await Desk(demo, "it").run("find_contact", name="la signora ferri")
    assert result == {
        "outcome": "found",
        "contact": {
            "id": "giulia-ferri",
            "kind": "person",
            "name": "Giulia Ferri",
            "department": "reception",
            "title": "receptionist per chi chiama in italiano",
            "place": "",
        },
    }


async def test_homonyms_come_with_their_departments(demo: TenantSnapshot) -> None:
    result = await Desk(demo).run("find_contact", name="maria rossi")
    assert result["outcome"] == "ambiguous"
    departments = [candidate["department"] for candidate in result["candidates"]]
    assert departments == ["accounting", "customer care"]
    found = await Desk(demo).run("find_contact", name="maria rossi", department="accounting")
    assert found["contact"]["id"] == "maria-rossi-billing"


async def test_an_unknown_name_is_said_so_with_who_comes_near(demo: TenantSnapshot) -> None:
    result = await Desk(demo).run("find_contact", name="john carter")
    assert (result["outcome"], result["heard"]) == ("unknown", "john carter")
    assert {person["name"] for person in result["suggestions"]} == {"James Carter"}


@pytest.mark.parametrize("outcome", list(TransferOutcome))
async def test_a_transfer_ends_as_the_line_says_and_only_answered_ends_the_call(
    demo: TenantSnapshot, outcome: TransferOutcome
) -> None:
    line = ScriptedLine(outcome)
    desk = Desk(demo, line=line)
    result = await desk.run("transfer_call", contact_id="peter-hallam", reason="a refund")
    assert result["outcome"] == outcome
    assert result["contact"]["name"] == "Peter Hallam"
    assert line.rung == ["peter-hallam"]
    answered = outcome is TransferOutcome.ANSWERED
    assert desk.context.transferred is answered
    assert desk.context.ending is answered


async def test_the_operator_is_the_department_a_tenant_escalates_to(demo: TenantSnapshot) -> None:
    line = ScriptedLine(TransferOutcome.BUSY)
    result = await Desk(demo, line=line).run("transfer_call", contact_id="operator")
    assert result["outcome"] == "busy"
    assert line.rung == ["reception"]


async def test_a_closed_department_is_not_rung_and_says_when_it_opens(
    demo: TenantSnapshot,
) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    desk = Desk(demo, line=line)
    desk.time = desk.time.replace(hour=17, minute=30)
    result = await desk.run("transfer_call", contact_id="billing")
    assert (result["outcome"], result["reason"]) == ("unreachable", "closed")
    assert result["spoken"] == ("Accounting is closed right now. It opens again tomorrow at nine.")
    assert line.rung == []
    assert (await desk.run("transfer_call", contact_id="repairs"))["outcome"] == "answered"


async def test_without_a_line_nobody_can_be_reached(demo: TenantSnapshot) -> None:
    assert line_with(None) is None
    result = await Desk(demo).run("transfer_call", contact_id="sales")
    assert result["outcome"] == "unreachable"
    assert "reason" not in result


async def test_somebody_without_a_number_is_not_rung_and_the_reason_is_told(
    demo: TenantSnapshot,
) -> None:
    contacts = [
        contact.model_copy(update={"extension": None if contact.id == "peter-hallam" else "1"})
        for contact in demo.config.contacts
    ]
    snapshot = replace(demo, directory=Directory(demo.config.departments, contacts))
    line = ScriptedLine(TransferOutcome.ANSWERED)
    result = await Desk(snapshot, line=line).run("transfer_call", contact_id="peter-hallam")
    assert (result["outcome"], result["reason"]) == ("unreachable", "no_number")
    assert result["contact"]["id"] == "peter-hallam"
    assert line.rung == []


async def test_an_invented_contact_is_not_rung(demo: TenantSnapshot) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    result = await Desk(demo, line=line).run("transfer_call", contact_id="the-queen")
    assert result["outcome"] == "failed"
    assert line.rung == []


async def test_ending_marks_the_call(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    assert await desk.run("end_call", reason="goodbye") == {"outcome": "ending"}
    assert desk.context.ending
    assert not desk.context.transferred
