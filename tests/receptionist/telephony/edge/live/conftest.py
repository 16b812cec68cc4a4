"""What tests of a running edge share."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from eval.telephony_audio import Ear
from eval.telephony_edge import RunningEdge, running_edge


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncGenerator[RunningEdge, None]:
    """An edge before one node, with limits that no test reaches by accident."""
    async with running_edge(tmp_path) as running:
        yield running


@pytest.fixture
def ear() -> Generator[Ear, None, None]:
    """The audio side of a caller."""
    with Ear() as opened:
        yield opened
