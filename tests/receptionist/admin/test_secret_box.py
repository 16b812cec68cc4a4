"""Secrets in the database are encrypted with a key that lies beside it."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from receptionist.admin.secret_box import KEY_FILE, box_in, box_of
from receptionist.errors import ConfigurationError, StorageError

pytestmark = pytest.mark.unit


def test_what_was_closed_opens_for_its_owner_alone(tmp_path: Path) -> None:
    box = box_in(tmp_path)
    sealed = box.close(b"secret", "anna")
    assert b"secret" not in sealed.encode()
    assert box_in(tmp_path).open(sealed, "anna") == b"secret"
    with pytest.raises(StorageError, match="another key"):
        box.open(sealed, "bob")
    with pytest.raises(StorageError, match="another key"):
        box_of("x" * 32).open(sealed, "anna")


@pytest.mark.parametrize("spoilt", ["", "not base64!", "QUJD", "é"])
def test_what_is_spoilt_is_an_error(tmp_path: Path, spoilt: str) -> None:
    with pytest.raises(StorageError):
        box_in(tmp_path).open(spoilt, "anna")


def test_the_key_is_its_owners_alone_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "new" / KEY_FILE
    box = box_in(tmp_path / "new")
    assert not file.exists()  # where nobody has a second factor no key is needed
    box.close(b"secret", "anna")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = file.read_bytes()
    box_in(tmp_path / "new").close(b"secret", "anna")
    assert file.read_bytes() == key
    assert [one.name for one in file.parent.iterdir()] == [KEY_FILE]


def test_processes_that_begin_at_once_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        sealed = list(threads.map(sealing, [tmp_path] * 16))
    assert {box_in(tmp_path).open(one, "anna") for one in sealed} == {b"secret"}


def sealing(folder: Path) -> str:
    return box_in(folder).close(b"secret", "anna")


def test_a_key_that_is_none_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"half")
    with pytest.raises(StorageError, match="backup"):
        box_in(tmp_path).close(b"secret", "anna")
    assert (tmp_path / KEY_FILE).read_bytes() == b"half"


def test_a_secret_that_could_be_tried_out_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="openssl"):
        box_of("changeme")
