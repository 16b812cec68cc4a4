"""What a recogniser makes of short answers, days and halves of numbers is still understood."""

from collections.abc import Mapping

import pytest

from prompts.loader import available, load
from providers.llm.concierge.grammar import Grammar
from providers.llm.concierge.texts import parse
from providers.llm.concierge.turn import Language
from providers.llm.concierge.yes_or_no import yes_or_no
from tests.providers.llm.concierge.office import Caller, Office

pytestmark = pytest.mark.integration

GRAMMARS = {
    code: Grammar(parse(load(code).concierge, provider="c"), provider="c") for code in available()
}


@pytest.mark.parametrize(
    ("code", "heard", "meant"),
    [
        ("it", "Sigracie", True),
        ("it", "Siva Bene", True),
        ("it", "Nograzie", False),
        ("fr", "Où ici le vous plaît ?", True),
        ("es", "Sigracias", True),
        ("de", "Jabite", True),
        ("pt", "Simobrigado", True),
        ("en", "Yesplease", True),
    ],
)
def test_a_short_answer_run_together_is_one(code: str, heard: str, meant: bool) -> None:
    assert yes_or_no(GRAMMARS[code], heard) == (meant, "")


@pytest.mark.parametrize(
    ("code", "heard"),
    [
        ("it", "Mario Bianchi"),
        ("it", "la caldaia perde"),
        ("en", "accounting"),
        ("en", "tomorrow morning"),
        ("fr", "le service commercial"),
        ("de", "die Buchhaltung"),
        ("es", "Maria Garcia"),
        ("pt", "o orçamento"),
    ],
)
def test_other_words_are_no_answer(code: str, heard: str) -> None:
    assert yes_or_no(GRAMMARS[code], heard)[0] is None


@pytest.mark.parametrize(
    ("code", "heard", "tidied"),
    [
        ("it", "Edoménica?", "domenica"),
        ("it", "aperti sábato", "aperti sabato"),
        ("fr", "ouvert, Samdi", "ouvert samedi"),
        ("fr", "Judi Matin", "jeudi matin"),
        ("en", "today or tuesday", "today or tuesday"),
        ("es", "a qué hora vienes", "a qué hora vienes"),
        ("it", "domenico", "domenico"),
        ("de", "die montage am freitags", "die montage am freitags"),
        ("pt", "na quarta o quarto", "na quarta o quarto"),
    ],
)
def test_a_misspelled_day_is_put_right_and_other_words_are_left(
    code: str, heard: str, tidied: str
) -> None:
    assert GRAMMARS[code].tidy(heard) == tidied


@pytest.mark.parametrize("code", available())
def test_days_written_rightly_stay_as_they_are(code: str) -> None:
    days = GRAMMARS[code].texts.misheard.days
    assert [GRAMMARS[code].tidy(day) for day in days] == list(days)


def test_a_misheard_department_still_tells_namesakes_apart(
    languages: Mapping[str, Language],
) -> None:
    caller = Caller(languages["en"], Office())
    caller.say("mario rossi please")
    assert caller.say("the one in liegel").calls[0].arguments["contact_id"] == "rossi-legal"


def test_a_number_cut_in_two_is_put_together(languages: Mapping[str, Language]) -> None:
    caller = Caller(languages["en"], Office())
    for said in ("book a consultation", "on tuesday", "the first one", "tom baker"):
        caller.say(said)
    turn = caller.say("It's a 1632")
    assert turn.calls[0].arguments["callback_number"] == "01632"
    assert "too short" in turn.said
    turn = caller.say("960 814")
    assert turn.calls[0].arguments["callback_number"] == "01632960814"


def test_a_message_after_two_misunderstandings_is_for_whom_could_not_be_reached(
    languages: Mapping[str, Language],
) -> None:
    caller = Caller(languages["en"], Office(lines={"verdi": "busy"}))
    for said in ("put me through to anna verdi", "grmbl", "mumble"):
        caller.say(said)
    caller.say("leave a message")
    for said in ("tom baker", "020 7946 0018"):
        caller.say(said)
    turn = caller.say("the boiler leaks")
    assert turn.calls[0].arguments["contact_id"] == "verdi"
