"""Folds characters that look alike into one: case, accents, invisible marks, borrowed letters."""

import re
import unicodedata

_MARKS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]+"
)
"""Accents and what is drawn over letters; marks of scripts that need theirs stay."""

_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]+"
)
"""Zero-width characters, soft hyphens, directions and tags: nobody hears them."""

_LETTERS = str.maketrans(
    {
        "ø": "o",
        "œ": "oe",
        "æ": "ae",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "ı": "i",
        "ȷ": "j",
        "ʼ": "'",
        "ʹ": "'",
        "ʻ": "'",
        "ʽ": "'",
        "ˈ": "'",
        "\u2018": "'",
        "\u2019": "'",
        "\u2010": "-",
        "\u2011": "-",
        "\u2212": "-",
    }
)

_LOOK_ALIKES = str.maketrans(
    "авекмнорстухіјѕһӏαβεικνορτυχωϲϳ",
    "abekmhopctyxijshlabeiknoptuxwcj",
)
"""Cyrillic and Greek letters by what they look like; used in words that have Latin letters too."""

_BORROWED = re.compile("[\u0370-\u052f]")
_WORD = re.compile(r"[^\W\d_]+")


def fold_characters(text: str) -> str:
    """Returns `text` in lower case without accents, invisible and borrowed characters."""
    if text.isascii():
        return _INVISIBLE.sub("", text).lower()
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", folded)).casefold()
    composed = unicodedata.normalize("NFKC", bare).translate(_LETTERS)
    return _WORD.sub(_in_one_script, composed) if _BORROWED.search(composed) else composed


def _in_one_script(match: re.Match[str]) -> str:
    word = match.group()
    has_latin = any("a" <= letter <= "z" for letter in word)
    return word.translate(_LOOK_ALIKES) if has_latin else word
