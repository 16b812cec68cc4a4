"""Numbers are understood however they are written, and dear ones are never rung."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from receptionist.telephony.numbers import RUNG, NumberClass, e164, understood

pytestmark = pytest.mark.unit

HOME = ("GB", "IT", "ES", "FR", "DE", "PT", "US", "CH", "AT", "BR")
DEAR = (
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.PAGER,
)


EXAMPLES = [
    (country, example)
    for country in HOME
    for kind in DEAR
    if (example := phonenumbers.example_number_for_type(country, kind)) is not None
]


@pytest.mark.parametrize(("country", "example"), EXAMPLES)
def test_no_dear_number_of_any_country_is_rung(country: str, example: PhoneNumber) -> None:
    for style in (PhoneNumberFormat.E164, PhoneNumberFormat.NATIONAL):
        number = understood(phonenumbers.format_number(example, style), country)
        assert number.kind not in RUNG
        assert not number.may_be_rung({country})


@pytest.mark.parametrize("country", HOME)
@pytest.mark.parametrize("kind", [PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE])
def test_ordinary_numbers_are_rung_in_their_country_and_nowhere_else(
    country: str, kind: int
) -> None:
    example = phonenumbers.example_number_for_type(country, kind)
    assert example is not None
    written = phonenumbers.format_number(example, PhoneNumberFormat.INTERNATIONAL)
    number = understood(written, country)
    assert number.kind is NumberClass.ORDINARY
    assert number.may_be_rung({country})
    assert not number.may_be_rung({"JP"})
    assert number.dialled == e164(written, "JP")


@pytest.mark.parametrize("code", ["870", "878", "881", "882", "883", "888", "979", "800", "808"])
def test_no_number_without_a_country_is_rung(code: str) -> None:
    for length in range(5, 13):
        number = understood(f"+{code}{'6' * length}", "GB")
        assert not number.may_be_rung({"GB", "001", "US"} - {"001"})


@pytest.mark.parametrize("country", HOME)
@pytest.mark.parametrize("number", ["112", "911", "999", " 1-1-2 "])
def test_no_emergency_number_is_rung_in_any_country(country: str, number: str) -> None:
    assert understood(number, country).kind is NumberClass.EMERGENCY


@given(
    text=st.one_of(st.text(max_size=80), st.from_regex(r"[+0-9 ()./-]{0,45}", fullmatch=True)),
    country=st.sampled_from((*HOME, "", "XX")),
)
def test_whatever_is_written_is_a_number_or_none(text: str, country: str) -> None:
    number = understood(text, country)
    assert number.dialled.lstrip("+").isdecimal() or number.dialled == ""
    assert (number.dialled == "") is (number.kind is NumberClass.INVALID)
    if number.kind is NumberClass.ORDINARY:
        assert understood(number.dialled, "GB").dialled == number.dialled
