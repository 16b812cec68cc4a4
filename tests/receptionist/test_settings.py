"""Settings come from the environment and `.env`; a wrong one is named."""

from pathlib import Path

import pytest

from receptionist.errors import ConfigurationError
from receptionist.settings import Settings

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_every_wrong_setting_is_named_with_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEPTIONIST_PORT", "ninety")
    monkeypatch.setenv("RECEPTIONIST_MAX_CALLS", "0")
    with pytest.raises(ConfigurationError, match="RECEPTIONIST_PORT is 'ninety'") as error:
        Settings.read()
    assert "RECEPTIONIST_MAX_CALLS is '0'" in str(error.value)
    assert error.value.exit_code == 2


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("RECEPTIONIST_PORT=1\nRECEPTIONIST_HOST=0.0.0.0\n")
    monkeypatch.setenv("RECEPTIONIST_PORT", "2")
    settings = Settings.read()
    assert (settings.port, settings.host) == (2, "0.0.0.0")


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEPTIONIST_TENANT_DIR", "")
    monkeypatch.setenv("RECEPTIONIST_PORT", "")
    settings = Settings.read()
    assert (settings.tenant_dir, settings.port) == (None, 7800)


def test_a_tilde_is_the_home_of_the_user(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RECEPTIONIST_DATA_DIR=~/calls\n")
    assert Settings.read().data_dir == tmp_path / "calls"
