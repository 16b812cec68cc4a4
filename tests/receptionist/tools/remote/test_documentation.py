"""What docs/tools.md shows can be written so."""

import re
from pathlib import Path

import pytest
import yaml

from receptionist.tools.remote.config import TenantTools

pytestmark = pytest.mark.unit

PAGE = Path(__file__).parents[4] / "docs" / "tools.md"


def test_the_examples_are_read() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        read = TenantTools.model_validate(yaml.safe_load(block.replace("5d1c…", "5d1c" * 16)))
        assert read.http or read.mcp
