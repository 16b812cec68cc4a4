"""Shared by every test: the clock first, then what a fresh machine has pulled."""

import eval.clock  # noqa: F401 - before pipecat, which binds time.time at import

# isort: split
import pytest
from loguru import logger

logger.remove()
