from pathlib import Path

import pytest

from providers.errors import ProviderError
from providers.secrets import SecretResolver

pytestmark = pytest.mark.unit


def test_a_secret_comes_from_the_environment() -> None:
    assert SecretResolver({"KEY": " s3cret\n"})("openai:x", "env:KEY") == "s3cret"


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    assert SecretResolver({})("openai:x", f"file:{tmp_path / 'key'}") == "s3cret"


@pytest.mark.parametrize("environment", [{}, {"KEY": ""}, {"KEY": "  "}])
def test_a_missing_variable_is_named_with_the_fix(environment: dict[str, str]) -> None:
    with pytest.raises(ProviderError, match="'KEY' is not set") as caught:
        SecretResolver(environment)("openai:x", "env:KEY")
    assert caught.value.fix == "Set KEY to the key of this provider."
    assert caught.value.provider == "openai:x"


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00"])
def test_a_file_without_a_secret_is_named_with_the_fix(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProviderError, match="key") as caught:
        SecretResolver({})("openai:x", f"file:{path}")
    assert str(path) in caught.value.fix


def test_a_folder_in_place_of_a_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="cannot be read"):
        SecretResolver({})("openai:x", f"file:{tmp_path}")


def test_a_secret_written_down_by_mistake_is_not_repeated() -> None:
    with pytest.raises(ProviderError) as caught:
        SecretResolver({})("openai:x", "sk-very-secret")
    assert "sk-very-secret" not in str(caught.value)


def test_a_resolver_does_not_show_secrets() -> None:
    assert "s3cret" not in repr(SecretResolver({"KEY": "s3cret"}))
