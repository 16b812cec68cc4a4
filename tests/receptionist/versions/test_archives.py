"""Bundles come out of folders and zips byte by byte, and nothing else gets in."""

import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receptionist.errors import ConfigurationError
from receptionist.versions.archives import read_zip, zip_of
from receptionist.versions.files import FileLimits, Files, FilesError, refuse_sizes
from receptionist.versions.folders import read_folder, write_folder
from receptionist.versions.paths import clashes, objection

pytestmark = pytest.mark.unit

SMALL = FileLimits(files=20, file_bytes=10_000, all_bytes=50_000)
PART = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
ALLOWED = (
    st.lists(PART, min_size=1, max_size=3).map("/".join).filter(lambda path: not objection(path))
)
FILES = st.dictionaries(ALLOWED, st.binary(max_size=50), max_size=6).filter(
    lambda files: not clashes(files)
)


def zipped(*entries: tuple[str, bytes], **of_entry: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", of_entry.pop("method", zipfile.ZIP_DEFLATED)) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = archive.compression
            for key, value in of_entry.items():
                setattr(info, key, value)
            archive.writestr(info, content)
    return packed.getvalue()


@settings(deadline=None)
@given(FILES)
def test_a_zip_gives_back_the_same_bytes(files: Files) -> None:
    assert read_zip(zip_of(files)) == files
    assert zip_of(dict(reversed([*files.items()]))) == zip_of(files)


@settings(deadline=None)
@given(FILES)
def test_a_folder_gives_back_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, files: Files
) -> None:
    folder = tmp_path_factory.mktemp("export") / "new"
    write_folder(files, folder)
    assert read_folder(folder) == files


def test_hidden_files_and_line_ends_are_kept(tmp_path: Path) -> None:
    files = {".gitignore": b"x\r\n", "faq/a.yaml": b"\xef\xbb\xbf- a\r\n", "documents/b": b"\0\xff"}
    write_folder(files, tmp_path / "a")
    (tmp_path / "a" / ".git").mkdir()
    (tmp_path / "a" / ".git" / "config").write_text("[core]")
    assert read_folder(tmp_path / "a") == files


def test_a_folder_that_holds_anything_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write_folder({"a.yaml": b"1"}, tmp_path)
    with pytest.raises(ConfigurationError, match=r"not empty: 'a\.yaml' is there"):
        write_folder({"a.yaml": b"2"}, tmp_path)
    assert (tmp_path / "a.yaml").read_bytes() == b"1"


def test_links_in_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "a.md").symlink_to(tmp_path / "secret")
    with pytest.raises(FilesError, match=r"'a\.md' is a link"):
        read_folder(folder)
    (folder / "a.md").unlink()
    (folder / "faq").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(FilesError, match="'faq' is a link"):
        read_folder(folder)
    (folder / "faq").unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(FilesError, match="no ordinary file"):
        read_folder(folder)


def test_a_folder_with_far_too_much_in_it_is_given_up(tmp_path: Path) -> None:
    for number in range(41):
        (tmp_path / str(number)).touch()
    with pytest.raises(FilesError, match="far more than a bundle"):
        read_folder(tmp_path, SMALL)
    with pytest.raises(ConfigurationError, match="no folder"):
        read_folder(tmp_path / "nowhere")


def test_a_deep_folder_is_given_up(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    with pytest.raises(FilesError, match="too deep"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.yaml",
        "/etc/passwd",
        "a/../../b",
        "C:/a",
        "a\\b.yaml",
        "./a",
        "a//b",
        "nul.yaml",
        "a ",
        "a.",
        "x\x07",
        "a/.GIT/hooks/x",
        "\u202egnp.exe",
        "a" * 300,
        "a/" * 9 + "b",
    ],
)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(FilesError):
        refuse_sizes({name: 1})
    with pytest.raises(FilesError):
        read_zip(zipped((name, b"x")))


def test_a_zip_bomb_is_not_unpacked() -> None:
    with pytest.raises(FilesError, match="at most"):
        read_zip(zipped(("a", bytes(1_000_000))), SMALL)
    with pytest.raises(FilesError, match="All files together"):
        read_zip(zipped(*((f"{n}", bytes(9000)) for n in range(9))), SMALL)
    with pytest.raises(FilesError, match="files"):
        read_zip(zipped(*((f"{n}", b"") for n in range(21))), SMALL)
    with pytest.raises(FilesError, match="lists far more"):
        read_zip(zipped(*((f"{n:0100}", b"") for n in range(200))), SMALL)


def test_a_zip_that_lies_about_sizes_is_refused() -> None:
    content = zipped(("a", b"x" * 5000))
    at = content.rindex(b"PK\x01\x02")
    lying = bytearray(content)
    struct.pack_into("<I", lying, at + 24, 10)
    with pytest.raises(FilesError):
        read_zip(bytes(lying), SMALL)


def test_links_secrets_and_odd_packing_in_a_zip_are_refused() -> None:
    with pytest.raises(FilesError, match="link"):
        read_zip(zipped(("a", b"/etc/passwd"), external_attr=(stat.S_IFLNK | 0o777) << 16))
    encrypted = bytearray(zipped(("a", b"x")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.index(mark) + offset] |= 1
    with pytest.raises(FilesError, match="encrypted"):
        read_zip(bytes(encrypted))
    with pytest.raises(FilesError, match="unusual"):
        read_zip(zipped(("a", b"x"), method=zipfile.ZIP_LZMA))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_in_a_zip_twice_is_refused() -> None:
    with pytest.raises(FilesError, match="more than once"):
        read_zip(zipped(("a", b"1"), ("a", b"2")))
    with pytest.raises(FilesError, match="one name on some machines"):
        read_zip(zipped(("faq/a", b"1"), ("FAQ/A", b"2")))
    with pytest.raises(FilesError, match="one name on some machines"):
        read_zip(zipped(("caf\u00e9", b"1"), ("cafe\u0301", b"2")))


def test_the_one_folder_a_zip_was_made_of_is_left_out() -> None:
    entries = (("mine/tenant.yaml", b"a"), ("mine/faq/b.yaml", b"b"), ("__MACOSX/._mine", b"c"))
    assert read_zip(zipped(*entries)) == {"tenant.yaml": b"a", "faq/b.yaml": b"b"}
    assert read_zip(zipped(("faq/b.yaml", b"b"))) == {"faq/b.yaml": b"b"}


@given(st.binary(max_size=200))
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    with pytest.raises(FilesError):
        read_zip(content)


@settings(deadline=None)
@given(FILES, st.data())
def test_a_damaged_zip_breaks_nothing(files: Files, data: st.DataObject) -> None:
    content = bytearray(zip_of(files))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_zip(bytes(content), SMALL)
    except FilesError:
        return
    refuse_sizes({path: len(held) for path, held in found.items()}, SMALL)
