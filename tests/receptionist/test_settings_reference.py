"""The pages that list the settings are the ones the settings give, on any machine."""

from pathlib import Path

import pytest

from receptionist.settings import Settings
from receptionist.settings_reference import EXAMPLE, PAGE, entries, example, page

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
REFRESH = "run: python -m receptionist.settings_reference"


def test_the_configuration_page_is_current() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(), REFRESH


def test_the_example_environment_is_current() -> None:
    assert (ROOT / EXAMPLE).read_text(encoding="utf-8") == example(), REFRESH


def test_every_setting_says_what_it_is() -> None:
    assert [entry.variable for entry in entries() if len(entry.description) < 10] == []


def test_the_pages_are_the_same_for_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere/else")
    monkeypatch.setenv("XDG_DATA_HOME", "/mnt/data")
    monkeypatch.setenv("RECEPTIONIST_PORT", "1")
    assert page() == (ROOT / PAGE).read_text(encoding="utf-8")


def test_the_example_uncommented_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for entry in entries():
        monkeypatch.delenv(entry.variable, raising=False)
    for variable in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    settings = [line[2:] for line in example().splitlines() if line.startswith("# RECEPTIONIST_")]
    defaults = Settings()
    (tmp_path / ".env").write_text("\n".join(settings), encoding="utf-8")
    assert Settings() == defaults
    assert len(settings) == len(Settings.model_fields)
