"""What is kept on disk is used again, never trusted, and never the reason of a failure."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loguru import logger
from numpy.typing import NDArray

from knowledge.index_cache import IndexCache

pytestmark = pytest.mark.unit

Arrays = Mapping[str, NDArray[Any]]


class Builder:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Arrays:
        self.times += 1
        return {
            "rows/of.words": np.arange(6, dtype=np.float32).reshape(2, 3),
            "nothing": np.zeros((0, 4), np.float32),
        }


def same(one: Arrays, other: Arrays) -> bool:
    return one.keys() == other.keys() and all(
        one[name].dtype == other[name].dtype and np.array_equal(one[name], other[name])
        for name in one
    )


def test_what_was_built_once_is_mapped_the_next_time(tmp_path: Path) -> None:
    build = Builder()
    first = IndexCache(tmp_path / "index").arrays("abc", build)
    second = IndexCache(tmp_path / "index").arrays("abc", build)
    assert build.times == 1
    assert same(first, second)
    assert isinstance(second["rows/of.words"], np.memmap)


def test_another_name_is_built_anew(tmp_path: Path) -> None:
    build = Builder()
    cache = IndexCache(tmp_path)
    cache.arrays("abc", build)
    cache.arrays("abd", build)
    assert build.times == 2


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"not an array at all", b"[]", b"{", b"7"])
@pytest.mark.parametrize("file", ["0.npy", "1.npy", "manifest.json"])
def test_a_damaged_entry_is_logged_and_built_again(
    tmp_path: Path, file: str, damage: bytes
) -> None:
    build = Builder()
    cache = IndexCache(tmp_path)
    whole = cache.arrays("abc", build)
    (tmp_path / "abc" / file).write_bytes(damage)
    logged: list[str] = []
    handler = logger.add(logged.append, format="{message}")
    try:
        mended = cache.arrays("abc", build)
    finally:
        logger.remove(handler)
    assert same(mended, whole)
    assert build.times == 2
    assert "is damaged and is built again" in "".join(logged)
    cache.arrays("abc", build)
    assert build.times == 2


def test_a_lost_file_is_built_again(tmp_path: Path) -> None:
    build = Builder()
    cache = IndexCache(tmp_path)
    cache.arrays("abc", build)
    (tmp_path / "abc" / "1.npy").unlink()
    cache.arrays("abc", build)
    assert build.times == 2


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    build = Builder()
    built = IndexCache(tmp_path / "file" / "index").arrays("abc", build)
    assert same(built, build())


def test_only_the_last_entries_are_kept_and_nothing_half_written_stays(tmp_path: Path) -> None:
    cache = IndexCache(tmp_path)
    for number in range(12):
        cache.arrays(f"entry-{number}", Builder())
    left = sorted(path.name for path in tmp_path.iterdir())
    assert len(left) == 8
    assert not [name for name in left if name.startswith(".")]


def test_a_failed_build_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken() -> Arrays:
        raise RuntimeError("no embedder")

    with pytest.raises(RuntimeError):
        IndexCache(tmp_path).arrays("abc", broken)
    assert list(tmp_path.iterdir()) == []
