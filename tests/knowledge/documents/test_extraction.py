"""Documents are read in a process of their own: none takes the machine, each is read once."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.documents.document import DocumentError, Extract, Limits
from knowledge.documents.extraction import extract
from tests.knowledge.documents import files

pytestmark = pytest.mark.integration

LIMITS = Limits()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "documents"
    made.mkdir()
    return made


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def told(found: Extract | DocumentError) -> str:
    return str(found) if isinstance(found, DocumentError) else found.blocks[0].text


def endless_page(repeated: int) -> bytes:
    """A PDF of some kilobytes whose one page is drawn by a very long programme."""
    return files.programme("0 0 m 9 9 l S (a) Tj\n" * repeated)


def test_each_file_has_its_own_answer_in_order(folder: Path) -> None:
    paths = [
        written(folder, "a.md", "# Title\n\nRead me."),
        written(folder, "b.pdf", "no pdf"),
        folder / "not there.txt",
        written(folder, "c.csv", "name;price\ntea;3\nrum;4;5\n"),
        written(folder, "d.txt", "Read me too."),
    ]
    found = extract(paths, LIMITS, cache=None)
    assert [told(one).split(";")[0] for one in found] == [
        "Title",
        "is no PDF",
        "cannot be read: No such file or directory",
        "has 3 columns here and 2 in its first row",
        "Read me too.",
    ]
    assert isinstance(found[3], DocumentError)
    assert found[3].line == 3


def test_a_file_that_takes_too_long_is_given_up_and_the_others_are_read(folder: Path) -> None:
    paths = [
        written(folder, "a.txt", "Read me."),
        written(folder, "endless.pdf", endless_page(400_000)),
        written(folder, "b.txt", "Read me too."),
    ]
    found = extract(paths, replace(LIMITS, cpu_s=0), cache=None)
    assert [told(one) for one in found] == [
        "Read me.",
        "takes too long to read; save it anew, or split it",
        "Read me too.",
    ]


def test_a_file_that_waits_for_ever_is_given_up(folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    path = written(folder, "a.txt", "Read me.")
    found = extract([folder / "pipe.txt", path], replace(LIMITS, wall_s=1), cache=None)
    assert told(found[0]).startswith("takes too long")
    assert told(found[1]) == "Read me."


def test_a_file_that_takes_too_much_memory_is_given_up(folder: Path) -> None:
    paths = [
        written(folder, "tags.html", "<p>a<b>c</b>" * 300_000),
        written(folder, "a.txt", "Read me."),
    ]
    found = extract(paths, replace(LIMITS, memory_bytes=200_000_000), cache=None)
    assert told(found[0]) == "takes too much memory to read; save it anew, or split it"
    assert told(found[1]) == "Read me."


def test_a_file_of_fifty_megabytes_is_refused_before_it_is_opened(folder: Path) -> None:
    path = folder / "catalogue.pdf"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    path.chmod(0)
    assert told(extract([path], LIMITS, cache=None)[0]).startswith("has 50 MB, more than 20;")


def test_ten_thousand_pages_are_refused(folder: Path) -> None:
    path = written(folder, "all.pdf", files.many_pages(10_000))
    assert told(extract([path], LIMITS, cache=None)[0]).startswith("has 10,000 pages")


def test_what_was_read_once_is_not_read_again(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    path = written(folder, "a.txt", "Read me.")
    first = extract([path], LIMITS, cache)
    (kept,) = cache.iterdir()
    kept.write_text('{"title": "", "blocks": [{"kind": "text", "text": "Kept."}]}')
    assert [told(one) for one in first] == ["Read me."]
    assert [told(one) for one in extract([path], LIMITS, cache)] == ["Kept."]
    copy = written(folder, "copy.txt", "Read me.")
    assert [told(one) for one in extract([copy], LIMITS, cache)] == ["Kept."]


def test_a_changed_file_is_read_again(folder: Path, tmp_path: Path) -> None:
    extract([written(folder, "a.txt", "Read me.")], LIMITS, tmp_path / "cache")
    found = extract([written(folder, "a.txt", "Changed.")], LIMITS, tmp_path / "cache")
    assert told(found[0]) == "Changed."


def test_a_damaged_cache_is_made_good(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    path = written(folder, "a.txt", "Read me.")
    extract([path], LIMITS, cache)
    kept = next(cache.iterdir())
    sound = kept.read_bytes()
    kept.write_bytes(sound[:10])
    assert told(extract([path], LIMITS, cache)[0]) == "Read me."
    assert kept.read_bytes() == sound


def test_a_cache_that_cannot_be_written_is_no_problem(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "file"
    cache.write_text("in the way")
    path = written(folder, "a.txt", "Read me.")
    assert told(extract([path], LIMITS, cache)[0]) == "Read me."
