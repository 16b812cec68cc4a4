"""A brief says who calls and why, in the colleague's language, and is over in fifteen seconds."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.redaction.redactor import redact
from prompts.loader import available, load
from receptionist.handoff.brief import LONGEST_S, Circumstances, brief
from receptionist.telephony.caller import CallerIdentity
from tests.receptionist.handoff.telephones import said

pytestmark = pytest.mark.unit

LETTERS_PER_S = 14
ROSE = CallerIdentity(number="+441632960456", name="Rose Hill")
TURNS = [said("hello"), said("I have a leak under the kitchen sink", 1), said("yes please", 2)]


def told(to: str = "en", caller: CallerIdentity | None = ROSE, **known: Any) -> str:
    values: dict[str, Any] = {
        "company": "The Mill",
        "language": "en",
        "reason": "a leak",
        "turns": TURNS,
    }
    return brief(Circumstances(caller=caller, **(values | known)), load(to), redact)


def test_it_says_who_calls_why_and_what_was_said() -> None:
    words = told()
    for part in ("The Mill", "Rose Hill", "About: a leak.", "I have a leak under the kitchen sink"):
        assert part in words
    assert words.endswith(load("en").handoff["choose"][0])
    assert "hello" not in words


@pytest.mark.parametrize(
    ("caller", "who"),
    [
        (None, "with a caller."),
        (CallerIdentity(withheld=True), "with a caller."),
        (CallerIdentity(number="201"), "with a caller."),
        (CallerIdentity(number="+441632960456"), "a caller whose number ends in four five six"),
    ],
)
def test_who_gives_no_name_is_known_by_the_end_of_his_number(
    caller: CallerIdentity | None, who: str
) -> None:
    assert who in told(caller=caller)


@pytest.mark.parametrize("language", [code for code in available() if code != "en"])
def test_a_colleague_with_another_language_is_told_which_one_the_caller_speaks(
    language: str,
) -> None:
    words = told(language)
    assert "leak" not in words
    assert load(language).handoff["speaks"][0].split("{")[0].strip() in words


def test_what_is_secret_is_not_told() -> None:
    words = told(turns=[said("my card is 4929 1234 5678 1234 by the way")], reason="")
    assert "4929" not in words


@given(
    company=st.text(alphabet=string.ascii_letters + " ", min_size=1, max_size=60),
    name=st.text(alphabet=string.ascii_letters + " ", max_size=40),
    reason=st.text(max_size=400),
    spoken=st.lists(st.text(max_size=300), max_size=4),
    language=st.sampled_from(available()),
)
def test_however_much_was_said_it_is_over_in_time(
    company: str, name: str, reason: str, spoken: list[str], language: str
) -> None:
    words = told(
        language,
        CallerIdentity(name=name),
        company=company,
        language=language,
        reason=reason,
        turns=[said(text, index) for index, text in enumerate(spoken)],
    )
    assert words.endswith(load(language).handoff["choose"][0])
    assert len(words) <= LONGEST_S * LETTERS_PER_S or len(company) + len(name) > 60


@pytest.mark.parametrize("language", available())
def test_every_language_has_the_lines_of_english_with_the_same_blanks(language: str) -> None:
    def blanks(code: str) -> dict[str, set[str]]:
        return {
            key: {name for _, name, _, _ in string.Formatter().parse(variants[0]) if name}
            for key, variants in load(code).handoff.items()
        }

    assert blanks(language) == blanks("en")
