"""What a caller dictates, checked and read back: a name, a telephone number, an e-mail address."""

import re
from dataclasses import dataclass
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult

from knowledge.spoken import speech
from receptionist.tools.contract import ToolContext
from receptionist.tools.phrases import say

_LAST_GROUP = 4
_LINES = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
)
_LETTERS_MOST = 200
"""Of a name; what is longer is a recogniser that ran on."""
_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}", re.IGNORECASE)
_SIGNS = {
    "@": "email_at",
    ".": "email_dot",
    "-": "email_dash",
    "_": "email_underscore",
    "+": "email_plus",
}


class WrongError(Exception):
    """Something the caller has to be asked again.

    Attributes:
        result: What the tool returns: `invalid`, with the `field` and what to say.
    """

    def __init__(self, field: str, problem: str, spoken: str) -> None:
        super().__init__(problem)
        self.result = {"outcome": "invalid", "field": field, "problem": problem, "spoken": spoken}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls and how to reach him.

    Attributes:
        name: As he gave it.
        number: In E.164 ("+441632960555") where its country is plain, else the digits he said;
            "" when he gave none.
        email: "" when he gave none.
        spoken: All of it, for the read-back.
    """

    name: str
    number: str
    email: str
    spoken: str


def caller(arguments: Any, context: ToolContext, *, number_needed: bool) -> Caller:
    """Returns the caller that `caller_name`, `callback_number` and `email` describe.

    Raises:
        WrongError: one of them is missing or cannot be right.
    """
    name = text(arguments.caller_name)[:_LETTERS_MOST]
    if not any(map(str.isalpha, name)):
        raise WrongError("caller_name", "ask the caller's name", say(context, "ask_name"))
    number = arguments.callback_number.strip()
    if number or number_needed:
        number = phone_number(number, context)
    email = getattr(arguments, "email", "").strip()
    if email and not _EMAIL.fullmatch(email):
        problem = f"{email!r} is not an e-mail address; ask for it again"
        raise WrongError("email", problem, say(context, "ask_email"))
    parts = [name]
    if number:
        parts.append(say(context, "detail_number", number=spoken_number(number, context)))
    if email:
        parts.append(say(context, "detail_email", email=_spoken_email(email, context)))
    together = speech(context.language).words["list"].join(parts)
    return Caller(name=name, number=number, email=email, spoken=together)


def text(written: str) -> str:
    """Returns dictated words on one line, without characters nobody can say."""
    return " ".join("".join(c if c.isprintable() else " " for c in written).split())


def phone_number(written: str, context: ToolContext) -> str:
    """Returns a number in E.164 where it is one of the tenant's country or says its own.

    A line or a mobile of the tenant's country may lack its first zero: recognisers lose it. Other
    digits that would have to be changed ("333 123 4567" in Britain, a mobile in Italy) are kept as
    they were said: they may be a number of the caller's country.
    A number nobody has been given yet passes, since lists of them grow old; an impossible one does
    not.

    Raises:
        WrongError: it cannot be a telephone number.
    """
    key = "ask_number"
    try:
        number = phonenumbers.parse(written, context.snapshot.config.country)
    except NumberParseException as error:
        if error.error_type == NumberParseException.TOO_LONG:
            key = "number_long"
        elif error.error_type != NumberParseException.NOT_A_NUMBER:
            key = "number_short"
    else:
        match phonenumbers.is_possible_number_with_reason(number):
            case ValidationResult.IS_POSSIBLE:
                international = phonenumbers.format_number(number, PhoneNumberFormat.E164)
                national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
                said, here, abroad = map(
                    phonenumbers.normalize_digits_only, (written, national, international)
                )
                plain = "+" in written or said in (here, abroad, f"00{abroad}")
                here_too = phonenumbers.number_type(number) in _LINES
                return international if plain or here_too else said
            case ValidationResult.TOO_LONG:
                key = "number_long"
            case _:
                key = "number_short"
    problem = f"callback_number {written!r} is not a telephone number; ask for it again"
    raise WrongError("callback_number", problem, say(context, key))


def spoken_number(number: str, context: ToolContext) -> str:
    """Returns a number digit by digit, in the groups its country writes it in, or in threes."""
    if not number.startswith("+"):
        return ", ".join(map(speech(context.language).digits, _in_threes(number)))
    country = context.snapshot.config.country
    parsed = phonenumbers.parse(number)
    at_home = parsed.country_code == phonenumbers.country_code_for_region(country)
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    groups = re.findall(r"\d+", phonenumbers.format_number(parsed, style))
    said = ", ".join(speech(context.language).digits(group) for group in groups)
    return said if at_home else f"{say(context, 'number_plus')} {said}"


def _in_threes(digits: str) -> list[str]:
    """Returns groups of three, the last of up to four: a lone last digit is easily missed."""
    groups: list[str] = []
    while len(digits) > _LAST_GROUP:
        groups.append(digits[:3])
        digits = digits[3:]
    return [*groups, digits]


def _spoken_email(email: str, context: ToolContext) -> str:
    pieces = re.split(r"([@._+-])", email.lower())
    return " ".join(
        say(context, _SIGNS[piece]) if piece in _SIGNS else piece for piece in pieces if piece
    )
