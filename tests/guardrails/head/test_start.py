"""The language model that teaching starts from is read from the file of a package."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.head.packing import BLOCK_BYTES, unpacked
from guardrails.head.start import StartError, load_start
from tests.guardrails.head.starts import LIKELIHOODS, PIECES, write_start
from tests.guardrails.head.teachers import WIDTH

pytestmark = pytest.mark.unit


def test_pieces_and_tensors_are_read(tmp_path: Path) -> None:
    start = load_start(write_start(tmp_path / "start.bin"))
    assert start.pieces == PIECES
    assert start.likelihoods.tolist() == list(LIKELIHOODS)
    assert unpacked(start.words).shape == (len(PIECES), WIDTH)
    assert start.tensors["l7.fo.w"].shape == (2 * WIDTH * WIDTH,)
    assert start.tensors["l0.aln.w"].tolist() == [1.0] * WIDTH


@given(st.integers(0, 400), st.binary(max_size=40))
def test_a_damaged_file_is_an_error_that_names_it(
    tmp_path_factory: pytest.TempPathFactory, length: int, rest: bytes
) -> None:
    folder = tmp_path_factory.mktemp("start")
    content = write_start(folder / "whole.bin").read_bytes()
    broken = folder / "broken.bin"
    broken.write_bytes(content[:length] + rest)
    with pytest.raises(StartError, match=r"broken\.bin"):
        load_start(broken)
    with pytest.raises(StartError, match=r"none\.bin"):
        load_start(folder / "none.bin")


def test_numbers_of_four_bits_are_from_minus_eight_to_seven_times_their_scale() -> None:
    block = np.zeros((1, BLOCK_BYTES), np.uint8)
    block[0, :2] = np.frombuffer(np.float16(0.5).tobytes(), np.uint8)
    block[0, 2:4] = (0xF0, 0x08)
    found = unpacked(block)[0]
    assert found[[0, 16, 1, 17]].tolist() == [-4.0, 3.5, 0.0, -4.0]
