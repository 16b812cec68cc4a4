import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from providers.models.store import ModelStore

Pieces = Sequence[dict[str, Any]]
Declare = Callable[..., ModelStore]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def declare(tmp_path: Path) -> Declare:
    """Returns a store whose own catalogue holds the model `toy` with the given files."""

    def build(contents: dict[str, tuple[bytes, list[Pieces]]], **of_model: Any) -> ModelStore:
        folder = tmp_path / "store"
        folder.mkdir(exist_ok=True)
        entries = [
            {
                "path": path,
                "bytes": len(data),
                "sha256": sha256(data),
                "sources": [{"pieces": list(pieces)} for pieces in sources],
            }
            for path, (data, sources) in contents.items()
        ]
        toy = {"purpose": "Tests", "licence": "MIT", "files": entries} | of_model
        (folder / "catalog.yaml").write_text(yaml.safe_dump({"models": {"toy": toy}}))
        return ModelStore(folder)

    return build
