"""The real clients of the registries, against a folder and a registry on loopback."""

import base64
import hashlib
import io
import json
import os
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from providers.models.archives import SourceError
from providers.models.clients import find_pip, node_version, npm_pack, pip_download

pytestmark = pytest.mark.integration

WEIGHTS = os.urandom(300_000)
TRAP = b"raise SystemExit('the code of a package was run')\n"


def write_wheel(folder: Path, name: str) -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", TRAP)
        wheel.writestr(f"{name}/weights.bin", WEIGHTS)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_pip_fetches_a_wheel(index: Path, work: Path) -> None:
    write_wheel(index, "weights_pack")
    wheel = pip_download("weights-pack==1.0", work, lambda _: None)
    assert zipfile.ZipFile(wheel).read("weights_pack/weights.bin") == WEIGHTS


def test_pip_never_runs_the_code_of_a_source_archive(index: Path, work: Path) -> None:
    with tarfile.open(index / "weights_pack-1.0.tar.gz", "w:gz") as archive:
        for name, data in {"setup.py": TRAP, "PKG-INFO": b"Name: weights_pack\n"}.items():
            entry = tarfile.TarInfo(f"weights_pack-1.0/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    with pytest.raises(SourceError, match="No matching distribution"):
        pip_download("weights-pack==1.0", work, lambda _: None)


def test_a_package_pip_cannot_find_is_one_clear_error(index: Path, work: Path) -> None:
    assert list(index.iterdir()) == []
    with pytest.raises(SourceError, match="weights-pack"):
        pip_download("weights-pack==1.0", work, lambda _: None)


def test_the_pip_that_comes_with_python_serves_where_none_is_installed(
    index: Path, work: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("ensurepip", reason="needs ensurepip: apt install python3-venv")
    monkeypatch.setenv("PATH", str(tmp_path))
    write_wheel(index, "weights_pack")
    assert pip_download("weights-pack==1.0", work, lambda _: None).is_file()
    assert find_pip()


class Registry(BaseHTTPRequestHandler):
    """Enough of an npm registry for one package."""

    def do_GET(self) -> None:
        assert isinstance(self.server, RegistryServer)
        tarball = self.server.tarball
        if self.path.endswith(".tgz"):
            self.answer(200, tarball)
            return
        if self.path != "/voices":
            self.answer(404, b"{}")
            return
        integrity = base64.b64encode(hashlib.sha512(tarball).digest()).decode()
        port = self.server.server_address[1]
        dist = {"tarball": f"http://127.0.0.1:{port}/v.tgz", "integrity": f"sha512-{integrity}"}
        version = {"name": "voices", "version": "1.0.0", "dist": dist}
        about = {"name": "voices", "dist-tags": {}, "versions": {"1.0.0": version}}
        self.answer(200, json.dumps(about).encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        del format, args


class RegistryServer(ThreadingHTTPServer):
    tarball = b""


def packed(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


@pytest.fixture
def npm_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[RegistryServer]:
    if shutil.which("npm") is None:
        pytest.skip("needs npm: apt install npm")
    settings = tmp_path / "npmrc"
    settings.write_text("fetch-retries=0\n")
    with RegistryServer(("127.0.0.1", 0), Registry) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(settings))
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_npm_fetches_a_tarball_and_runs_none_of_its_scripts(
    npm_registry: RegistryServer, work: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "ran"
    scripts = dict.fromkeys(("prepack", "prepare", "postpack", "install"), f"touch {trace}")
    manifest = {"name": "voices", "version": "1.0.0", "scripts": scripts}
    members = {"package.json": json.dumps(manifest).encode(), "voices/a.bin": WEIGHTS}
    npm_registry.tarball = packed(members)
    tarball = npm_pack("voices@1.0.0", work, lambda _: None)
    with tarfile.open(tarball) as archive:
        stream = archive.extractfile("package/voices/a.bin")
        assert stream is not None
        assert stream.read() == WEIGHTS
    assert not trace.exists()


def test_a_package_npm_cannot_find_is_one_clear_error(
    npm_registry: RegistryServer, work: Path
) -> None:
    del npm_registry
    with pytest.raises(SourceError, match="404"):
        npm_pack("nothing@1.0.0", work, lambda _: None)


def test_without_npm_the_error_names_what_to_install(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="npm is not installed") as caught:
        npm_pack("voices@1.0.0", work, lambda _: None)
    assert "Install Node 20" in caught.value.fix
    assert node_version() is None


def test_an_old_node_is_named_when_its_npm_fails(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, script in (("node", "echo v16.20.2"), ("npm", "echo 'npm ERR! nope'; exit 1")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(SourceError, match="nope") as caught:
        npm_pack("voices@1.0.0", work, lambda _: None)
    assert caught.value.fix == "Install Node 20 or later; this is Node 16."
