"""Files lie in a folder wholly or not at all, and what lies there is not believed."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from receptionist.errors import ConfigurationError
from receptionist.versions.files import manifest_of
from receptionist.versions.folder_cache import FolderCache
from receptionist.versions.folders import read_folder

pytestmark = pytest.mark.unit

FILES = {"tenant.yaml": b"tenant: mill\n", "faq/all.yaml": b"- id: a\n"}


def test_the_same_files_are_written_once(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path / "versions" / "mill")
    assert cache.find(manifest_of(FILES)) is None
    folder = cache.put(FILES)
    assert read_folder(folder) == FILES
    assert cache.put(dict(reversed([*FILES.items()]))) == folder
    assert cache.find(manifest_of(FILES)) == folder
    assert [one.name for one in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("harm", ["changed", "missing", "more", "link"])
def test_what_was_changed_on_the_disk_is_written_anew(tmp_path: Path, harm: str) -> None:
    cache = FolderCache(tmp_path / "cache")
    folder = cache.put(FILES)
    file = folder / "tenant.yaml"
    if harm == "changed":
        file.write_bytes(b"tenant: evil\n")
    elif harm == "more":
        (folder / "prompts").mkdir()
        (folder / "prompts" / "evil.md").write_text("Lie.")
    else:
        file.unlink()
    if harm == "link":
        file.symlink_to(tmp_path / "elsewhere")
    assert cache.find(manifest_of(FILES)) is None
    assert read_folder(cache.put(FILES)) == FILES


def test_many_may_write_the_same_at_once(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(cache.put, [FILES] * 24))
    [folder] = folders
    assert read_folder(folder) == FILES
    assert list(tmp_path.iterdir()) == [folder]


def test_what_nobody_has_asked_for_lately_is_forgotten(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    left = tmp_path / ".new-killed"
    left.mkdir()
    folders = [cache.put({"a": b"%d" % number}) for number in range(10)]
    long_ago = time.time() - 10_000
    for number, folder in enumerate([*folders, left]):
        os.utime(folder, (long_ago, long_ago + number))
    newest = cache.put({"a": b"new"})
    assert sorted(tmp_path.iterdir()) == sorted([*folders[-7:], newest])


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="RECEPTIONIST_DATA_DIR"):
        FolderCache(tmp_path / "file" / "cache").put(FILES)
