"""What one language gives for capturing names, numbers, addresses and times."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

Words = tuple[str, ...]


class Closed(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Spelling(Closed):
    """How names are spelled.

    Attributes:
        letters: Name of a letter to the letter.
        alphabet: Word of a spelling alphabet to its letter.
        as_in: Between a letter and the word it is shown by.
        repeats: Before a letter to how often it stands there.
        marks: Name of a mark inside a name to the mark.
        noise: Said between letters and meaning nothing.
        leads: Patterns before a spelling.
    """

    letters: Mapping[str, str] = Field(default_factory=dict[str, str])
    alphabet: Mapping[str, str] = Field(default_factory=dict[str, str])
    as_in: Words = ()
    repeats: Mapping[str, int] = Field(default_factory=dict[str, int])
    marks: Mapping[str, str] = Field(default_factory=dict[str, str])
    noise: Words = ()
    leads: Words = ()


class Amends(Closed):
    """Patterns that put right one part of what was captured.

    Attributes:
        letter: A letter of a name; groups `letter`, `count`.
        counts: Values of the group `count`.
        ends: The last digits of a number; group `digits`.
        starts: The first digits of a number; group `digits`.
        restarts: What comes after is said instead of what came before.
    """

    letter: Words = ()
    counts: Mapping[str, int] = Field(default_factory=dict[str, int])
    ends: Words = ()
    starts: Words = ()
    restarts: Words = ()


class Email(Closed):
    """How addresses are said.

    Attributes:
        at: Words for the at sign.
        dot: Words for the full stop.
        marks: Words for other marks, to the mark.
        leads: Patterns removed from the front of an address.
        noise: Patterns removed wherever they stand.
        providers: Names of providers as recognisers write them, to how they are spelled.
    """

    at: Words = ()
    dot: Words = ()
    marks: Mapping[str, str] = Field(default_factory=dict[str, str])
    leads: Words = ()
    noise: Words = ()
    providers: Mapping[str, str] = Field(default_factory=dict[str, str])


class Moments(Closed):
    """Patterns that tell a day or a time.

    Attributes:
        days: Days and dates.
        times: Times of the day, and spans such as `in an hour`.
    """

    days: Words = ()
    times: Words = ()


class CaptureTexts(Closed):
    """All the words for capturing in one language.

    Attributes:
        spelling: How names are spelled.
        zeros: Patterns of what a recogniser writes for the zero a number begins with, where a
            number was asked for; group `zero`.
        amends: How what was captured is put right.
        email: How addresses are said.
        moments: How days and times are said.
    """

    spelling: Spelling = Spelling()
    zeros: Words = ()
    amends: Amends = Amends()
    email: Email = Email()
    moments: Moments = Moments()
