import hashlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from providers.errors import ProviderError
from providers.models.installed import ModelState
from providers.models.store import ModelStore

pytestmark = pytest.mark.unit

A, B = b"first half, ", b"second half"
Declare = Callable[..., ModelStore]


def local(folder: Path, member: str, data: bytes | None = None) -> dict[str, Any]:
    piece = {"kind": "folder", "origin": str(folder), "member": member}
    if data is None:
        return piece
    return piece | {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    folder = tmp_path / "origin"
    folder.mkdir()
    (folder / "a.part").write_bytes(A)
    (folder / "b.part").write_bytes(B)
    (folder / "config.json").write_bytes(b"{}")
    return folder


@pytest.fixture
def store(declare: Declare, origin: Path) -> ModelStore:
    joined = [local(origin, "a.part", A), local(origin, "b.part", B)]
    return declare(
        {
            "model.bin": (A + B, [joined]),
            "conf/config.json": (b"{}", [[local(origin, "config.json")]]),
        }
    )


def overwrite_keeping_time(path: Path, data: bytes) -> None:
    stat = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


class Seen:
    def __init__(self) -> None:
        self.done: list[int] = []
        self.total = 0

    def waiting(self) -> None: ...

    def advanced(self, model: str, done_bytes: int, total_bytes: int) -> None:
        assert model == "toy"
        self.done.append(done_bytes)
        self.total = total_bytes


def test_pieces_are_joined_into_an_installed_model(store: ModelStore) -> None:
    assert store.state("toy") is ModelState.MISSING
    assert store.pull("toy")
    folder = store.folder("toy")
    assert (folder / "model.bin").read_bytes() == A + B
    assert (folder / "conf" / "config.json").read_bytes() == b"{}"


def test_an_installed_model_is_not_fetched_again(store: ModelStore, origin: Path) -> None:
    store.pull("toy")
    for path in origin.iterdir():
        path.unlink()
    assert not store.pull("toy")


def test_nothing_but_the_model_stays_behind(store: ModelStore) -> None:
    store.pull("toy")
    left = {path.name for path in store.path.rglob("*") if path.is_file()}
    assert left == {"catalog.yaml", ".lock", "model.bin", "config.json", ".manifest.json"}


def test_progress_ends_at_the_whole_and_never_goes_back(store: ModelStore) -> None:
    seen = Seen()
    store.pull("toy", progress=seen)
    assert seen.done == sorted(seen.done)
    assert seen.done[-1] == seen.total == len(A + B) + 2


def test_a_missing_model_is_one_error_that_names_the_command(store: ModelStore) -> None:
    with pytest.raises(ProviderError, match="missing") as caught:
        store.folder("toy")
    assert caught.value.fix == "Run `receptionist models pull toy`."
    assert not caught.value.retryable


def test_an_unknown_model_is_one_error_that_names_the_known(store: ModelStore) -> None:
    for asked in (store.folder, store.pull):
        with pytest.raises(ProviderError, match="no such model") as caught:
            asked("toyy")
        assert "toy" in caught.value.fix


@pytest.mark.parametrize("damage", [b"", A, A + b"SECOND HALF", A + B + b"x"])
def test_a_changed_file_is_never_handed_out_and_is_replaced(
    store: ModelStore, damage: bytes
) -> None:
    store.pull("toy")
    (store.path / "toy" / "model.bin").write_bytes(damage)
    os.utime(store.path / "toy" / "model.bin", ns=(1, 1))
    assert store.state("toy") is ModelState.DAMAGED
    with pytest.raises(ProviderError, match="damaged"):
        store.folder("toy")
    assert store.pull("toy", full=False)
    assert (store.folder("toy") / "model.bin").read_bytes() == A + B


def test_a_deleted_file_alone_is_fetched_again(store: ModelStore, origin: Path) -> None:
    store.pull("toy")
    (store.path / "toy" / "conf" / "config.json").unlink()
    (origin / "a.part").unlink()
    assert store.pull("toy")
    assert store.folder("toy")


def test_damage_that_length_and_time_hide_is_found_by_verify_and_then_replaced(
    store: ModelStore,
) -> None:
    store.pull("toy")
    overwrite_keeping_time(store.path / "toy" / "model.bin", b"X" * len(A + B))
    assert store.state("toy", full=True) is ModelState.DAMAGED
    with pytest.raises(ProviderError, match="damaged"):
        store.folder("toy")
    assert store.pull("toy", full=False)
    assert (store.folder("toy") / "model.bin").read_bytes() == A + B


def test_a_named_pull_finds_damage_that_length_and_time_hide(store: ModelStore) -> None:
    store.pull("toy")
    overwrite_keeping_time(store.path / "toy" / "model.bin", b"X" * len(A + B))
    assert store.pull("toy")
    assert (store.folder("toy") / "model.bin").read_bytes() == A + B


def test_a_file_only_touched_is_still_good(store: ModelStore) -> None:
    store.pull("toy")
    os.utime(store.path / "toy" / "model.bin")
    assert store.folder("toy")


@pytest.mark.parametrize("manifest", ["", "[1]", '{"model.bin": 3}', '{"model.bin": {}}'])
def test_a_broken_manifest_only_costs_hashing(store: ModelStore, manifest: str) -> None:
    store.pull("toy")
    (store.path / "toy" / ".manifest.json").write_text(manifest)
    assert store.folder("toy")


def test_a_newer_catalogue_makes_an_installed_file_out_of_date(
    store: ModelStore, declare: Declare, origin: Path
) -> None:
    store.pull("toy")
    (origin / "config.json").write_bytes(b"[]")
    newer = declare({"conf/config.json": (b"[]", [[local(origin, "config.json")]])})
    assert newer.state("toy") is ModelState.DAMAGED
    assert newer.pull("toy")
    assert (newer.folder("toy") / "conf" / "config.json").read_bytes() == b"[]"


def test_wrong_bytes_at_one_source_lead_to_the_next(declare: Declare, origin: Path) -> None:
    (origin / "wrong").write_bytes(b"virus")
    store = declare(
        {
            "x.bin": (
                A,
                [
                    [local(origin, "absent")],
                    [local(origin, "wrong")],
                    [local(origin, "a.part")],
                ],
            )
        }
    )
    assert store.pull("toy")
    assert (store.folder("toy") / "x.bin").read_bytes() == A


def test_when_no_source_works_each_reason_is_given(declare: Declare, origin: Path) -> None:
    (origin / "wrong").write_bytes(b"virus")
    store = declare({"x.bin": (A, [[local(origin, "absent")], [local(origin, "wrong")]])})
    with pytest.raises(ProviderError, match=r"no file .*absent.*; .*not the expected file"):
        store.pull("toy")
    assert store.state("toy") is ModelState.MISSING


def test_right_pieces_that_make_a_wrong_whole_are_refused(declare: Declare, origin: Path) -> None:
    swapped = [local(origin, "b.part", B), local(origin, "a.part", A)]
    store = declare({"x.bin": (A + B, [swapped])})
    with pytest.raises(ProviderError, match="do not make up"):
        store.pull("toy")
    assert store.state("toy") is ModelState.MISSING


def test_pieces_of_an_interrupted_pull_are_not_fetched_again(
    store: ModelStore, origin: Path
) -> None:
    (origin / "b.part").rename(origin / "later")
    with pytest.raises(ProviderError, match=r"b\.part"):
        store.pull("toy")
    (origin / "later").rename(origin / "b.part")
    (origin / "a.part").unlink()
    assert store.pull("toy")
    assert (store.folder("toy") / "model.bin").read_bytes() == A + B


def test_a_half_written_piece_is_not_taken_for_a_whole_one(store: ModelStore, origin: Path) -> None:
    parts = store.path / ".pull" / "parts"
    parts.mkdir(parents=True)
    (parts / hashlib.sha256(A).hexdigest()).write_bytes(A[:3])
    (parts / f"{hashlib.sha256(B).hexdigest()}.incomplete").write_bytes(B)
    assert store.pull("toy")
    assert (store.folder("toy") / "model.bin").read_bytes() == A + B
    assert (origin / "a.part").exists()


def test_a_folder_of_the_operator_comes_first(store: ModelStore, origin: Path) -> None:
    shelf = origin.parent / "shelf"
    (shelf / "toy").mkdir(parents=True)
    (shelf / "toy" / "model.bin").write_bytes(A + B)
    (origin / "a.part").unlink()
    assert store.pull("toy", local=shelf)
    assert store.folder("toy")


def test_a_model_larger_than_the_disk_is_refused_before_it_is_fetched(
    declare: Declare, origin: Path
) -> None:
    huge = 1 << 60
    piece = local(origin, "a.part") | {"bytes": huge}
    entry = {
        "path": "x.bin",
        "bytes": huge,
        "sha256": hashlib.sha256(A).hexdigest(),
        "sources": [{"pieces": [piece]}],
    }
    store = declare({}, files=[entry])
    with pytest.raises(ProviderError, match="MB are needed") as caught:
        store.pull("toy")
    assert "RECEPTIONIST_MODELS_DIR" in caught.value.fix


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = ModelStore(tmp_path / "file" / "models")
    with pytest.raises(ProviderError, match="cannot be written") as caught:
        store.pull("whisper-base")
    assert "RECEPTIONIST_MODELS_DIR" in caught.value.fix


def test_two_pulls_at_once_do_not_collide(store: ModelStore) -> None:
    pull = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from providers.models.store import ModelStore
        print(ModelStore(Path(sys.argv[1])).pull("toy"))
        """
    )
    command = [sys.executable, "-c", pull, str(store.path)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])
        for _ in range(4)
    ]
    said = sorted(process.communicate(timeout=60)[0].strip() for process in running)
    assert said == ["False", "False", "False", "True"]
    assert (store.folder("toy") / "model.bin").read_bytes() == A + B
