"""What was judged is found again by the same judge, and by no other."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardrails.verdict import Action, Detector
from receptionist.tenants.screen_cache import Judged, ScreenCache, name_of

pytestmark = pytest.mark.unit

FOUND = Judged(action=Action.ASK, category="credit", detector=Detector.HEAD, score=0.71)


def test_what_was_kept_is_read_by_the_same_judge_alone(tmp_path: Path) -> None:
    kept = {"a": (FOUND,), "b": ()}
    ScreenCache(tmp_path, "mill", "policy 1").write(kept)
    assert ScreenCache(tmp_path, "mill", "policy 1").read() == kept
    assert ScreenCache(tmp_path, "mill", "policy 2").read() == {}
    assert ScreenCache(tmp_path, "shop", "policy 1").read() == {}


def test_without_a_folder_nothing_is_kept() -> None:
    cache = ScreenCache(None, "mill", "policy")
    cache.write({"a": (FOUND,)})
    assert cache.read() == {}


def test_a_folder_that_cannot_be_written_is_no_fault_of_the_tenant(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = ScreenCache(tmp_path / "file", "mill", "policy")
    cache.write({"a": (FOUND,)})
    assert cache.read() == {}


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for number in range(12):
        ScreenCache(tmp_path, "mill", str(number)).write({"a": ()})
    assert len(list(tmp_path.iterdir())) == 8
    assert ScreenCache(tmp_path, "mill", "11").read() == {"a": ()}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_whatever_stands_in_the_file_is_read_or_passed_over(tmp_path: Path, content: bytes) -> None:
    cache = ScreenCache(tmp_path, "mill", "policy")
    cache.write({"a": ()})
    [file] = tmp_path.iterdir()
    file.write_bytes(content)
    assert isinstance(cache.read(), dict)
    file.unlink()


def test_a_sentence_has_another_name_for_another_use_or_language() -> None:
    names = {
        name_of(use, language, "Yes.") for use in ("told", "said") for language in ("en", "de")
    }
    assert len(names) == 4
