"""The readers are fed what breaks their libraries; nothing but DocumentError may come of it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.documents.document import DocumentError, Extract, Limits
from knowledge.documents.reading import SUFFIXES, read
from tests.knowledge.documents import files

pytestmark = pytest.mark.unit

LIMITS = Limits()
STARTS = st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"<html><table><tr><td>", b'a;b\n"'])


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(SUFFIXES)), start=STARTS, content=st.binary(max_size=400))
def test_no_bytes_bring_a_reader_down(name: str, start: bytes, content: bytes) -> None:
    answers_or_refuses(f"a{name}", start + content)


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from([".html", ".md", ".txt", ".csv"]), text=st.text(max_size=300))
def test_no_text_brings_a_reader_down(name: str, text: str) -> None:
    answers_or_refuses(f"a{name}", text.encode("utf-8", "surrogatepass"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cut=st.integers(1, 3000), changed=st.integers(0, 3000), byte=st.integers(0, 255))
@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_half_a_file_and_one_with_a_wrong_byte_bring_no_reader_down(
    kind: str, cut: int, changed: int, byte: int
) -> None:
    whole = WHOLE[kind]
    answers_or_refuses(f"a.{kind}", whole[: len(whole) * cut // 3000])
    at = len(whole) * changed // 3001
    answers_or_refuses(f"a.{kind}", whole[:at] + bytes([byte]) + whole[at + 1 :])


WHOLE = {
    "pdf": files.pdf([(20, "Title"), (11, "Some text.")], [(11, "More text of it.")]),
    "docx": files.word(lambda document: document.add_paragraph("Some text of a document.")),
}


def answers_or_refuses(name: str, content: bytes) -> None:
    try:
        extract = read(name, content, LIMITS)
    except DocumentError:
        return
    assert any(block.kind != "heading" for block in extract.blocks)
    assert Extract.model_validate_json(extract.model_dump_json()) == extract
