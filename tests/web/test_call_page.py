import re
from pathlib import Path

import pytest

from receptionist.app import CALL_PAGE

pytestmark = pytest.mark.unit

PAGE_FILES = sorted(path for path in CALL_PAGE.iterdir() if path.is_file())


@pytest.mark.parametrize("file", PAGE_FILES, ids=lambda file: file.name)
def test_page_is_made_of_short_files_of_its_own(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 300
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg|localhost|\W)", text)
    assert not re.search(r"<script>|<style|\son\w+=|\sstyle=", text)
    for imported in re.findall(r'from "\./([^"]+)"', text):
        assert (CALL_PAGE / imported).is_file()
