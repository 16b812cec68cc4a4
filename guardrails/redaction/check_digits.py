"""Numbers that prove themselves by a check digit."""

import re
from collections.abc import Callable, Mapping, Sequence

_FISCAL_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25,
               24, 23)  # fmt: skip
"""Values of letters at odd places of a codice fiscale (D.M. 12 marzo 1974, annex)."""
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def is_card(digits: str) -> bool:
    """Returns whether `digits` can be the number of a payment card (Luhn, ISO/IEC 7812-1)."""
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2:
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def is_iban(text: str) -> bool:
    """Returns whether `text` without spaces is an IBAN (ISO 13616, modulo 97)."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", text):
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def is_codice_fiscale(text: str) -> bool:
    """Returns whether `text` is an Italian codice fiscale with the right last letter."""
    if not re.fullmatch(
        r"[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]", text
    ):
        return False
    total = sum(
        int(sign, 36) % 36 - 10 * sign.isalpha() if place % 2 else _FISCAL_ODD[_ordinal(sign)]
        for place, sign in enumerate(text[:15])
    )
    return chr(ord("A") + total % 26) == text[15]


def _ordinal(sign: str) -> int:
    return int(sign) if sign.isdigit() else ord(sign) - ord("A")


def is_dni(text: str) -> bool:
    """Returns whether `text` is a Spanish DNI or NIE with the right letter."""
    match = re.fullmatch(r"([XYZ]?)(\d{7,8})([A-Z])", text)
    if not match or len(match[1] + match[2]) != 8:
        return False
    number = int(str("XYZ".find(match[1])) + match[2]) if match[1] else int(match[2])
    return _DNI_LETTERS[number % 23] == match[3]


def is_nino(text: str) -> bool:
    """Returns whether `text` is written like a British National Insurance number."""
    return bool(
        re.fullmatch(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", text)
    )


def is_nir(digits: str) -> bool:
    """Returns whether `digits` are a French NIR (15 digits, key 97 minus the rest by 97)."""
    if not re.fullmatch(r"[12]\d{14}", digits):
        return False
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def is_tax_id(digits: str) -> bool:
    """Returns whether `digits` are a German Steuer-ID (11 digits, ISO 7064 MOD 11,10)."""
    if not re.fullmatch(r"[1-9]\d{10}", digits):
        return False
    product = 10
    for digit in digits[:10]:
        product = 2 * ((int(digit) + product) % 10 or 10) % 11
    return (11 - product) % 10 == int(digits[10])


def is_nif(digits: str) -> bool:
    """Returns whether `digits` are a Portuguese NIF (9 digits, weighted modulo 11)."""
    if not re.fullmatch(r"[1-35689]\d{8}", digits):
        return False
    return _weighted(digits[:8], range(9, 1, -1)) == int(digits[8])


def is_cpf(digits: str) -> bool:
    """Returns whether `digits` are a Brazilian CPF (11 digits, two of them to check)."""
    if not re.fullmatch(r"\d{11}", digits) or len(set(digits)) == 1:
        return False
    first = _weighted(digits[:9], range(10, 1, -1))
    second = _weighted(digits[:10], range(11, 1, -1))
    return digits[9:] == f"{first}{second}"


def _weighted(digits: str, weights: Sequence[int] | range) -> int:
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


_OF_PEOPLE: Mapping[str, Callable[[str], bool]] = {
    "codice fiscale": is_codice_fiscale,
    "DNI": is_dni,
    "NINO": is_nino,
    "NIR": is_nir,
    "Steuer-ID": is_tax_id,
    "NIF": is_nif,
    "CPF": is_cpf,
}


def is_national_id(text: str) -> bool:
    """Returns whether `text`, capitals and digits alone, is the number of a person somewhere."""
    return any(check(text) for check in _OF_PEOPLE.values())
