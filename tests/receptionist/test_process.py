"""What a process asks for the sake of its calls."""

import gc
import subprocess
import sys

import pytest

from receptionist.process import settle

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
