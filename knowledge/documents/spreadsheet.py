"""Reads a table (CSV): a row becomes a sentence, or a question with its answer."""

import csv
import io
from collections.abc import Iterator, Sequence

from knowledge.documents.document import Block, DocumentError, Extract
from knowledge.documents.plain_text import decode
from knowledge.documents.tables import named_row

_DELIMITERS = ";,\t|"
_SAMPLE_CHARACTERS = 20_000
_QUESTION = {"question", "domanda", "pregunta", "frage", "pergunta"}
_ANSWER = {"answer", "risposta", "respuesta", "réponse", "reponse", "antwort", "resposta"}


def read(content: bytes) -> Extract:
    """Returns the rows of the CSV `content`, whatever its encoding and delimiter.

    The first row names the columns. With a column `question` and a column `answer`, in any of our
    languages, each question heads its answer.

    Raises:
        DocumentError: it is no table; the line is that of the first row that does not fit.
    """
    text = decode(content)
    rows = list(_rows(text, _delimiter(text)))
    if len(rows) < 2:
        raise DocumentError("has no rows under the names of its columns")
    names = rows[0][1]
    if not all(names):
        raise DocumentError("has a column without a name in its first row; name every column")
    blocks: list[Block] = []
    for line, cells in rows[1:]:
        if len(cells) > len(names):
            raise DocumentError(
                f"has {len(cells)} columns here and {len(names)} in its first row; put quotes "
                "around texts that hold the delimiter",
                line=line,
            )
        blocks += _blocks(names, cells)
    return Extract(title="", blocks=tuple(blocks))


def _blocks(names: Sequence[str], cells: Sequence[str]) -> Iterator[Block]:
    folded = [name.casefold() for name in names]
    question = next((cells[i] for i, name in _named(folded, cells) if name in _QUESTION), "")
    answer = next((cells[i] for i, name in _named(folded, cells) if name in _ANSWER), "")
    if question and answer:
        yield Block(kind="heading", text=question, level=1)
        yield Block(kind="text", text=answer)
    else:
        yield Block(kind="row", text=named_row(names, cells))


def _named(names: Sequence[str], cells: Sequence[str]) -> list[tuple[int, str]]:
    return list(enumerate(names[: len(cells)]))


def _delimiter(text: str) -> str:
    """Returns the delimiter that cuts the first row, and most others alike, into most columns."""
    sample = text[:_SAMPLE_CHARACTERS]

    def columns(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for _, row in _rows(sample, delimiter)]
        alike = sum(width == widths[0] for width in widths) if widths else 0
        return (alike if widths and widths[0] > 1 else 0, widths[0] if widths else 0)

    return max(_DELIMITERS, key=columns)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yields each row that is not empty, with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for row in reader:
            cells = [" ".join(cell.split()) for cell in row]
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise DocumentError(
            f"cannot be read as a table ({error}); check the quotes", line=line
        ) from error
