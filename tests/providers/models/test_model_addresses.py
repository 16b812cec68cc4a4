import hashlib
import io
import threading
import zipfile
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from providers.errors import ProviderError
from providers.models.addresses import download
from providers.models.archives import SourceError
from providers.models.store import ModelStore

pytestmark = pytest.mark.integration

BODY = bytes(range(256)) * 4096


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        asked = self.headers.get("Range")
        server.asked.append(asked)
        if self.path == "/missing":
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        body = server.body
        if asked and server.understands_ranges and start >= len(body):
            self.send_error(416)
            return
        partial = bool(asked) and server.understands_ranges
        body = body[start:] if partial else body
        self.send_response(206 if partial else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.breaks_after:
            body = body[: server.breaks_after.pop()]
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        del format, args


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str | None] = []
        self.breaks_after: list[int] = []
        self.understands_ranges = True
        self.body = BODY

    def address(self, path: str = "/model.bin") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


@pytest.fixture
def server() -> Generator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_an_address_is_fetched_and_its_growth_is_told(server: Server, tmp_path: Path) -> None:
    told: list[int] = []
    download(server.address(), tmp_path / "x", told.append)
    assert (tmp_path / "x").read_bytes() == BODY
    assert told == sorted(told)
    assert told[-1] == len(BODY)


def test_a_download_goes_on_where_an_earlier_one_stopped(server: Server, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(BODY[:100_000])
    download(server.address(), tmp_path / "x", lambda _: None)
    assert server.asked == ["bytes=100000-"]
    assert (tmp_path / "x").read_bytes() == BODY


def test_a_connection_that_breaks_is_taken_up_again(server: Server, tmp_path: Path) -> None:
    server.breaks_after = [200_000, 300_000]
    download(server.address(), tmp_path / "x", lambda _: None)
    assert server.asked == [None, "bytes=300000-", "bytes=500000-"]
    assert (tmp_path / "x").read_bytes() == BODY


def test_a_server_without_ranges_is_asked_for_all_of_it(server: Server, tmp_path: Path) -> None:
    server.understands_ranges = False
    (tmp_path / "x").write_bytes(b"something else")
    download(server.address(), tmp_path / "x", lambda _: None)
    assert (tmp_path / "x").read_bytes() == BODY


def test_a_beginning_longer_than_the_file_is_dropped(server: Server, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(BODY + b"more")
    download(server.address(), tmp_path / "x", lambda _: None)
    assert (tmp_path / "x").read_bytes() == BODY


def test_a_connection_that_always_breaks_is_given_up(server: Server, tmp_path: Path) -> None:
    server.breaks_after = [1] * 99
    with pytest.raises(SourceError, match="could not be fetched"):
        download(server.address(), tmp_path / "x", lambda _: None)
    assert len(server.asked) < 10


def test_an_address_that_answers_with_an_error_is_one_clear_error(
    server: Server, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match="404"):
        download(server.address("/missing"), tmp_path / "x", lambda _: None)


def test_a_server_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="could not be fetched"):
        download("http://127.0.0.1:1/x", tmp_path / "x", lambda _: None)


def test_a_file_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not an http address"):
        download("file:///etc/passwd", tmp_path / "x", lambda _: None)


def test_the_store_installs_from_an_address_and_resumes_over_pulls(
    server: Server, declare: Callable[..., ModelStore]
) -> None:
    store = declare({"x.bin": (BODY, [[{"kind": "url", "origin": server.address()}]])})
    server.breaks_after = [100_000] * 4
    with pytest.raises(ProviderError, match="could not be fetched"):
        store.pull("toy")
    assert store.pull("toy")
    assert server.asked[-1] == "bytes=400000-"
    assert (store.folder("toy") / "x.bin").read_bytes() == BODY


def test_the_store_never_goes_on_from_wrong_bytes(
    server: Server, declare: Callable[..., ModelStore]
) -> None:
    store = declare({"x.bin": (BODY, [[{"kind": "url", "origin": server.address()}]])})
    server.body = BODY[::-1]
    with pytest.raises(ProviderError, match="not the expected file"):
        store.pull("toy")
    server.body = BODY
    assert store.pull("toy")
    assert server.asked == [None, None]


def test_the_store_takes_members_out_of_an_archive_at_an_address_once(
    server: Server, declare: Callable[..., ModelStore]
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("model/a", b"one")
        archive.writestr("model/b", b"two")
    server.body = packed.getvalue()
    pieces = {
        name: {"kind": "url", "origin": server.address("/m.zip"), "member": f"model/{name}"}
        for name in ("a", "b")
    }
    store = declare({"a": (b"one", [[pieces["a"]]]), "b": (b"two", [[pieces["b"]]])})
    assert store.pull("toy")
    assert (store.folder("toy") / "b").read_bytes() == b"two"
    assert server.asked == [None]
    assert hashlib.sha256(b"one").hexdigest() not in str(list(store.path.rglob("*")))
