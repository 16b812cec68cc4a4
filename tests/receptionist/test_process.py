"""What a process asks for the sake of its calls."""

import gc
import os
import subprocess
import sys

import pytest

from receptionist.process import limit_threads, settle, unsettle

pytestmark = pytest.mark.unit


def test_what_is_loaded_is_not_looked_through_again() -> None:
    before = gc.get_freeze_count()
    try:
        settle()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_heaps_are_limited_without_harm() -> None:
    program = "from receptionist.process import limit_heaps; limit_heaps(); print(sum(range(10)))"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "45"


def test_sums_stay_on_one_thread_unless_the_operator_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    limit_threads()
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


def test_what_a_process_that_ends_had_loaded_can_be_collected() -> None:
    settle()
    assert gc.get_freeze_count() > 0
    unsettle()
    assert gc.get_freeze_count() == 0
