"""Nobody is rung on a guess: in doubt about a name the caller is asked, and what he says counts."""

from collections.abc import Mapping

import pytest

from prompts.loader import available
from providers.llm.concierge.turn import Language
from tests.providers.llm.concierge.office import Caller, Office

pytestmark = pytest.mark.integration


@pytest.fixture
def caller(languages: Mapping[str, Language]) -> Caller:
    return Caller(languages["en"], Office())


def tools(caller: Caller, text: str) -> list[str]:
    return [
        f"{call.name} {call.arguments.get('contact_id', '')}" for call in caller.say(text).calls
    ]


def test_a_name_heard_badly_is_asked_about_before_anybody_is_rung(caller: Caller) -> None:
    turn = caller.say("put me through to jon cartel")
    assert [call.name for call in turn.calls] == ["find_contact"]
    assert "John Carter?" in turn.said or "John Carter you" in turn.said


@pytest.mark.parametrize(
    "answer", ["yes", "yes john carter", "john carter please", "yes him please", "yes that's right"]
)
def test_a_yes_in_any_words_rings_whom_was_meant(caller: Caller, answer: str) -> None:
    caller.say("put me through to jon cartel")
    assert tools(caller, answer) == ["transfer_call carter"]


@pytest.mark.parametrize("answer", ["no", "no not him", "no it's not", "no thanks"])
def test_a_no_rings_nobody(caller: Caller, answer: str) -> None:
    caller.say("put me through to jon cartel")
    turn = caller.say(answer)
    assert not turn.calls
    assert "message" in turn.said


@pytest.mark.parametrize("answer", ["no, anna verdi", "no it's anna verdi", "no i said anna verdi"])
def test_a_no_with_a_name_looks_that_name_up(caller: Caller, answer: str) -> None:
    caller.say("put me through to jon cartel")
    assert tools(caller, answer) == ["find_contact ", "transfer_call verdi"]


def test_what_the_message_was_is_kept_while_the_name_is_asked_about(caller: Caller) -> None:
    caller.say("please tell anna verde that i'll be ten minutes late")
    caller.say("yes")
    caller.say("tom baker")
    turn = caller.say("020 7946 0018")
    assert turn.calls[0].arguments["contact_id"] == "verdi"
    assert "ten minutes late" in str(turn.calls[0].arguments["about"])


def test_people_of_one_name_and_department_are_asked_apart_by_their_place(caller: Caller) -> None:
    turn = caller.say("lena weber please")
    assert "ground floor or second floor" in turn.said
    assert tools(caller, "the one on the second floor") == ["transfer_call weber-second"]


def test_a_department_named_beside_an_unknown_person_is_offered(caller: Caller) -> None:
    turn = caller.say("put me through to zoltan quark in accounting")
    assert "can't find Zoltan Quark" in turn.said
    assert "accounting?" in turn.said
    assert tools(caller, "yes please") == ["transfer_call accounting"]


@pytest.mark.parametrize("code", available())
def test_every_language_asks_whether_the_one_is_meant(
    languages: Mapping[str, Language], code: str
) -> None:
    caller = Caller(languages[code], Office())
    turn = caller.say("jon cartel")
    assert "John Carter" in turn.said
    assert "transfer_call" not in [call.name for call in turn.calls]
