import io
from collections.abc import Generator

import pytest
from loguru import logger

from receptionist.logs import log_to

pytestmark = pytest.mark.unit


@pytest.fixture
def log() -> Generator[io.StringIO]:
    stream = io.StringIO()
    with log_to(stream, "INFO"):
        yield stream


def test_a_message_is_logged_without_the_number_in_it(log: io.StringIO) -> None:
    logger.info("rang 01632 960 112 of anna.rossi@example.com for call {}", "4f" * 16)
    assert log.getvalue() == f"INFO: rang [phone] of [e-mail] for call {'4f' * 16}\n"


def test_a_traceback_shows_no_number_and_no_value_of_a_variable(log: io.StringIO) -> None:
    words = "my card is 4539 1488 0343 6467, the password is hunter2"
    try:
        raise ValueError(words[:30])
    except ValueError:
        logger.exception("it failed")
    assert "ValueError: my card is [card]" in log.getvalue()
    assert "6467" not in log.getvalue()
    assert "hunter2" not in log.getvalue()


def test_nothing_is_logged_to_a_stream_that_may_be_closed_by_now() -> None:
    stream = io.StringIO()
    with log_to(stream, "INFO"):
        logger.info("during")
    logger.info("after")
    assert stream.getvalue() == "INFO: during\n"
