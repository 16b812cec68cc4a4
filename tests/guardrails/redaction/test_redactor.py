import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.redaction.check_digits import is_card, is_codice_fiscale, is_iban, is_national_id
from guardrails.redaction.redactor import CallRedactor, redact, redacted

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("my card is 4539 1488 0343 6467 thanks", "my card is [card] thanks"),
        ("DE89 3704 0044 0532 0130 00 is the account", "[iban] is the account"),
        ("write to anna.rossi@example.com", "write to [e-mail]"),
        ("anna dot rossi at example dot com", "[e-mail]"),
        ("anna punto rossi chiocciola esempio punto it", "[e-mail]"),
        ("ana ponto silva arroba exemplo ponto pt", "[e-mail]"),
        ("call me on 01632 960 112", "call me on [phone]"),
        ("+39 06 1234 5678 is mine", "[phone] is mine"),
        ("mon numéro est le 06 12 34 56 78", "mon numéro est le [phone]"),
        ("it is oh one six three two nine six oh one one two", "it is [phone]"),
        (
            "c'est le zéro six douze trente-quatre cinquante-six soixante-dix-huit",
            "c'est le [phone]",
        ),
        ("es el seis tres uno cuarenta y dos ochenta y uno diecinueve", "es el [phone]"),
        ("die Nummer ist null eins sieben eins zwo drei vier fünf sechs sieben", None),
        ("tre quattro sette uno due tre quattro cinque sei sette", "[phone]"),
        ("nove um dois três quatro cinco seis sete oito", "[phone]"),
        ("double five five one two three four", None),
        ("four four, no, four five six seven eight", None),
        ("zwo fünf sieben acht neun", "[number]"),
        ("RSSMRA80A01H501U is my code", "[id] is my code"),
        ("DNI 12345678Z", "DNI [id]"),
        ("my NI number is AB 12 34 56 C", "my NI number is [id]"),
        ("customer 00871234567890", None),
    ],
)
def test_what_is_somebodys_is_taken_out(text: str, kept: str | None) -> None:
    found = redact(text)
    assert "[" in found
    assert kept is None or found == kept


@pytest.mark.parametrize(
    "text",
    [
        "open 9:00-13:00, 15:00-19:00",
        "on 12/05/2026 at 10:30",
        "am 23.11.2026 um 14 Uhr",
        "2026-11-24T10:00:00+00:00",
        "it costs €1,250,000 or 1.250.000 euro",
        "rooms 101, 102, 103 and 104",
        "in 2024, 2025, 2026",
        "call 112 or 999 or 118",
        "extension 20431",
        "at ten thirty or eleven fifteen",
        "nineteen eighty five",
        "On Saturday at ten. Please come by.",
        "postcode SW1A 1AA",
        "I want two, three, or four tickets",
        "sei sicuro che uno di noi due abbia ragione",
        "call 7f3c9a1e5b2d4c6f8a0b1c2d3e4f5a6b has ended",
        "a flat of 120 square metres for 250000 euros",
    ],
)
def test_prices_times_dates_and_short_numbers_stay(text: str) -> None:
    assert redact(text) == text


@given(st.text(alphabet="0123456789 .,-+()ab@eins zwo", max_size=80))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(st.integers(10**6, 10**15), st.sampled_from(["", " ", "-", ".", " - "]), st.integers(1, 4))
def test_no_seven_digits_survive_however_they_are_grouped(
    number: int, joint: str, size: int
) -> None:
    digits = str(number)
    written = joint.join(digits[at : at + size] for at in range(0, len(digits), size))
    kept = redact(f"it is {written} I think")
    assert not re.search(r"\d{7}", re.sub(r"[ .-]", "", kept)) or _looks_like_date(written)


def _looks_like_date(written: str) -> bool:
    return bool(re.fullmatch(r"\d{1,2}([.-])\d{1,2}\1\d{2,4}|\d{4}([.-])\d{1,2}\2\d{1,2}", written))


@given(st.text(max_size=300))
def test_nothing_that_is_written_stops_it(text: str) -> None:
    redact(text)


@pytest.mark.parametrize(
    "part", ["1 ", "one two ", "a dot ", "ab12", "a.b-", "x@", "1,000.", "€1 "]
)
def test_a_long_text_takes_time_in_proportion(part: str) -> None:
    began = time.perf_counter()
    redact(part * (20_000 // len(part)))
    assert time.perf_counter() - began < 5  # 40 s when it went with the square of the length


def test_a_number_that_is_spread_over_turns_is_one_number() -> None:
    redactor = CallRedactor()
    assert redactor.turn("my card begins with 4929 12") == "my card begins with 4929 12"
    assert redactor.turn("34 5678") == "[number]"
    assert redactor.turn("9012 3456.") == "[number]."
    assert redactor.turn("I come at 10") == "I come at 10"


def test_identifiers_in_records_stay_and_their_texts_do_not() -> None:
    record = {"id": "c-01632960112", "note": ["call 01632 960112"], "when": "2026-11-24 10:00"}
    assert redacted(record) == {
        "id": "c-01632960112",
        "note": ["call [phone]"],
        "when": "2026-11-24 10:00",
    }


def test_check_digits_tell_right_numbers_from_wrong_ones() -> None:
    assert is_card("4539148803436467")
    assert not is_card("4539148803436468")
    assert is_iban("DE89370400440532013000")
    assert not is_iban("DE89370400440532013001")
    assert is_codice_fiscale("RSSMRA80A01H501U")
    assert not is_codice_fiscale("RSSMRA80A01H501V")
    right = ["12345678Z", "X1234567L", "255081416802538", "86095742719", "123456789", "52998224725"]
    assert all(map(is_national_id, right))
    assert not any(map(is_national_id, ["12345678A", "255081416802539", "123456780"]))
