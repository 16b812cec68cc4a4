import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from providers.tts.cache import PhraseCache, phrase_key

pytestmark = pytest.mark.unit

KEYS = st.sampled_from([f"{number:064x}" for number in range(6)])


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    messages: list[str] = []
    sink = logger.add(messages.append, level="WARNING", format="{message}")
    yield messages
    logger.remove(sink)


def key(text: str) -> str:
    return phrase_key(engine="e", voice="v", rate_hz=8000, text=text)


@given(st.lists(st.tuples(KEYS, st.binary(max_size=60)), max_size=40), st.integers(0, 120))
def test_memory_stays_within_its_bound_and_never_returns_another_phrase(
    puts: list[tuple[str, bytes]], limit: int
) -> None:
    cache = PhraseCache(None, limit)
    latest: dict[str, bytes] = {}
    for name, pcm in puts:
        cache.put(name, pcm)
        latest[name] = pcm
        assert cache.memory_bytes <= limit
        assert cache.get(name) == (pcm if len(pcm) <= limit else None)
    for name, pcm in latest.items():
        assert cache.get(name) in (pcm, None)
    assert cache.memory_bytes == sum(len(cache.get(name) or b"") for name in latest)


def test_phrase_unused_longest_is_dropped_first() -> None:
    cache = PhraseCache(None, 20)
    cache.put("a", bytes(10))
    cache.put("b", bytes(10))
    cache.get("a")
    cache.put("c", bytes(10))
    assert cache.get("a") is not None
    assert cache.get("b") is None


@given(st.binary(max_size=300))
def test_phrase_on_disk_survives_a_restart(pcm: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        PhraseCache(Path(folder), 0).put(key("hello"), pcm)
        assert PhraseCache(Path(folder), 1000).get(key("hello")) == pcm


def test_peek_never_reads_the_disk(tmp_path: Path) -> None:
    PhraseCache(tmp_path, 0).put(key("hello"), b"12")
    cache = PhraseCache(tmp_path, 1000)
    assert cache.peek(key("hello")) is None
    assert cache.get(key("hello")) == b"12"
    assert cache.peek(key("hello")) == b"12"


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "half": lambda stored: stored[: len(stored) // 2],
    "flipped bit": lambda stored: stored[:-1] + bytes([stored[-1] ^ 1]),
    "too long": lambda stored: stored + b"more",
    "empty": lambda stored: b"",
    "other format": lambda stored: b"RIFF" + stored[4:],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_file_counts_as_absent_and_is_dropped(
    damage: Callable[[bytes], bytes], tmp_path: Path, warnings: list[str]
) -> None:
    cache = PhraseCache(tmp_path, 0)
    cache.put(key("hello"), bytes(range(100)))
    (stored,) = tmp_path.glob("*.pcm")
    stored.write_bytes(damage(stored.read_bytes()))
    assert cache.get(key("hello")) is None
    assert not stored.exists()
    assert "damaged" in warnings[0]
    cache.put(key("hello"), b"12")
    assert cache.get(key("hello")) == b"12"


def test_stored_speech_says_that_it_is_synthetic(tmp_path: Path) -> None:
    PhraseCache(tmp_path, 0).put(key("hello"), bytes(range(100)))
    (stored,) = tmp_path.iterdir()
    assert b"/digitalsourcetype/trainedAlgorithmicMedia\n" in stored.read_bytes()[:100]


def test_speech_an_earlier_version_stored_unmarked_is_made_anew(
    tmp_path: Path, warnings: list[str]
) -> None:
    stored = tmp_path / f"{key('hello')}.pcm"
    stored.write_bytes(b"PCM1" + bytes(40) + b"12")
    assert PhraseCache(tmp_path, 0).get(key("hello")) is None
    assert not stored.exists()
    assert warnings == []


def test_rest_of_an_interrupted_write_is_cleared_at_start(tmp_path: Path) -> None:
    (tmp_path / "tmpabc.part").write_bytes(b"half")
    PhraseCache(tmp_path, 0)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made_leaves_memory_working(
    tmp_path: Path, warnings: list[str]
) -> None:
    (tmp_path / "file").touch()
    cache = PhraseCache(tmp_path / "file" / "phrases", 100)
    cache.put(key("hello"), b"12")
    assert cache.get(key("hello")) == b"12"
    assert len(warnings) == 1


def test_full_disk_costs_one_warning_and_leaves_no_partial_file(
    tmp_path: Path, warnings: list[str]
) -> None:
    cache = PhraseCache(tmp_path, 1 << 20)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        for number in range(3):
            cache.put(key(str(number)), bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(warnings) == 1
    assert list(tmp_path.iterdir()) == []
    assert cache.get(key("2")) == bytes(5000)


def test_folder_stays_within_its_bound_and_loses_the_oldest(tmp_path: Path) -> None:
    cache = PhraseCache(tmp_path, 0, disk_bytes=5000)
    for number in range(10):
        cache.put(key(str(number)), bytes(1000))
        written = tmp_path / f"{key(str(number))}.pcm"
        os.utime(written, (1000 + number, 1000 + number))
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 5000
    assert cache.get(key("0")) is None
    assert cache.get(key("9")) == bytes(1000)


def test_bound_holds_for_a_folder_filled_before(tmp_path: Path) -> None:
    filling = PhraseCache(tmp_path, 0)
    for number in range(10):
        filling.put(key(str(number)), bytes(1000))
    PhraseCache(tmp_path, 0, disk_bytes=5000)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 5000


def test_threads_share_it(tmp_path: Path) -> None:
    cache = PhraseCache(tmp_path, 2000)

    def use(number: int) -> bytes | None:
        name = key(str(number % 7))
        cache.put(name, bytes([number % 7]) * 500)
        return cache.get(name)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(use, range(400)))
    assert all(pcm == bytes([number % 7]) * 500 for number, pcm in enumerate(found))
    assert cache.memory_bytes <= 2000


def test_everything_that_changes_the_sound_changes_the_key() -> None:
    keys = {
        phrase_key(engine="e", voice="v", rate_hz=8000, text="hello", version="1"),
        phrase_key(engine="f", voice="v", rate_hz=8000, text="hello", version="1"),
        phrase_key(engine="e", voice="w", rate_hz=8000, text="hello", version="1"),
        phrase_key(engine="e", voice="v", rate_hz=16000, text="hello", version="1"),
        phrase_key(engine="e", voice="v", rate_hz=8000, text="Hello", version="1"),
        phrase_key(engine="e", voice="v", rate_hz=8000, text="hello", version="2"),
    }
    assert len(keys) == 6
    assert phrase_key(engine="e", voice="v", rate_hz=8000, text=" hello\n", version="1") in keys
