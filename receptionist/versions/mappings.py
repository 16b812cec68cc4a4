"""Reads a YAML file that lies in no folder, exactly as a file of a bundle is read."""

import tempfile
from pathlib import Path
from typing import Any, cast

from receptionist.tenants.bundle_yaml import read_document


def mapping_in(content: bytes, name: str) -> dict[str, Any]:
    """Returns what a file called `name` says; nothing when it is no sound mapping."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        document = read_document(file, name)
    value = document.value if not document.problems else None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
