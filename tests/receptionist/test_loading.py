"""What is loaded before the first call holds up nothing else."""

import threading
from pathlib import Path
from typing import Any

import pytest

from knowledge.directory import Directory
from receptionist.tenants import snapshot
from tests.e2e import product

pytestmark = pytest.mark.integration


async def test_the_directory_and_the_index_are_built_beside_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built_in: list[int] = []

    def building(*args: Any) -> Directory:
        built_in.append(threading.get_ident())
        return Directory(*args)

    monkeypatch.setattr(snapshot, "Directory", building)
    tenant = product.bundle(tmp_path, engines={"llm": "concierge:default"})
    async with product.started(product.settings(tmp_path, tenant), spoken=()):
        pass
    assert built_in
    assert threading.get_ident() not in built_in
