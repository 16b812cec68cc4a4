"""Fetching an address, going on where an earlier attempt stopped."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from providers.models.archives import SourceError, flush_to_disk

_ATTEMPTS = 4
_TIMEOUT_S = 60.0
_BLOCK_BYTES = 1 << 18
_PARTIAL = 206
_RANGE_REFUSED = 416


def download(address: str, target: Path, progress: Callable[[int], None]) -> None:
    """Fetches `address` into `target`, appending to what is there already.

    Raises:
        SourceError: the address does not answer, or the connection broke too often.
    """
    if not address.startswith(("https://", "http://")):
        raise SourceError(f"{address!r} is not an http address")
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _append(address, target, progress)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == _RANGE_REFUSED and target.exists():
                # What is there is not a beginning of what the server has now.
                target.unlink()
                continue
            raise SourceError(f"{address!r} answered {error.code} {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            if attempt == _ATTEMPTS or not _is_transfer_fault(error):
                raise SourceError(f"{address!r} could not be fetched: {error}") from error
        else:
            return
    raise SourceError(f"{address!r} could not be fetched")


def _append(address: str, target: Path, progress: Callable[[int], None]) -> None:
    have = target.stat().st_size if target.exists() else 0
    request = urllib.request.Request(address)
    if have:
        request.add_header("Range", f"bytes={have}-")
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
        resumed = response.status == _PARTIAL
        done = have if resumed else 0
        promised = response.headers.get("Content-Length")
        with target.open("ab" if resumed else "wb") as out:
            while block := response.read(_BLOCK_BYTES):
                done += out.write(block)
                progress(done)
            flush_to_disk(out)
    expected = int(promised) + (have if resumed else 0) if promised else done
    if done < expected:
        raise http.client.IncompleteRead(b"", expected - done)


def _is_transfer_fault(error: Exception) -> bool:
    """Tells a broken connection, worth another attempt, from a refused one or a full disk."""
    return isinstance(error, http.client.HTTPException | ConnectionError | TimeoutError)
