import pytest

from receptionist.tools.keypad import KeypadVault, heard

pytestmark = pytest.mark.unit

LONE = {"0": "operator", "*": "again, please"}


def test_keys_are_heard_one_by_one_when_nobody_waits_for_a_secret() -> None:
    assert heard("5551234", KeypadVault(), LONE) == "5 5 5 1 2 3 4"


def test_keys_typed_as_a_secret_are_a_token_that_opens_once_it_is_shown_as_written() -> None:
    vault = KeypadVault()
    vault.want()
    token = heard("4929123456781234", vault, LONE)
    assert not any(part in token for part in ("4929", "1234"))
    assert vault.open(f"It's {token.upper()}, thanks") == "4929123456781234"
    assert heard("77", vault, LONE) == "7 7"


@pytest.mark.parametrize(("key", "words"), LONE.items())
def test_a_lone_key_asks_for_what_it_stands_for_also_while_a_secret_is_wanted(
    key: str, words: str
) -> None:
    vault = KeypadVault()
    vault.want()
    assert heard(key, vault, LONE) == words
    assert vault.wanted


@pytest.mark.parametrize("text", ["", "keypad-entry-2", "keypad-entry-0", "keypad", None, 5])
def test_nothing_else_opens_the_vault(text: object) -> None:
    vault = KeypadVault()
    vault.take("123")
    assert vault.open(text) == ""


def test_whoever_prints_the_vault_sees_no_digit() -> None:
    vault = KeypadVault()
    vault.take("123456")
    assert "123456" not in f"{vault} {vault!r}"
