"""Makes sentences of the rows of a table, so that each can be found and said by itself."""

from collections.abc import Iterator, Sequence

_HEADING_WORDS = 6


def rows_as_text(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yields every row as `Column: value; column: value`.

    Columns are named by the first row where it looks like names; without names the first cell names
    the others.
    """
    clean = [[" ".join(cell.split()) for cell in row] for row in rows]
    clean = [row for row in clean if any(row)]
    names = clean[0] if len(clean) > 1 and _are_names(clean[0]) else []
    for row in clean[1:] if names else clean:
        text = named_row(names, row) if names else _unnamed_row(row)
        if text:
            yield text


def named_row(names: Sequence[str], row: Sequence[str]) -> str:
    """Returns a row with the name of its column before each value; empty cells are left out."""
    pairs = zip(names, row, strict=False)
    parts = [f"{name}: {cell}" if name else cell for name, cell in pairs if cell]
    return "; ".join(parts)


def _unnamed_row(row: Sequence[str]) -> str:
    cells = [cell for cell in row if cell]
    return f"{cells[0]}: {', '.join(cells[1:])}" if len(cells) > 1 else "".join(cells)


def _are_names(row: Sequence[str]) -> bool:
    """Whether a row holds short different names in every column but perhaps the first."""
    named = [cell for cell in row[1:] if cell]
    whole = len(row) > 1 and len(named) == len(row) - 1
    short = all(
        len(cell.split()) <= _HEADING_WORDS and not any(letter.isdigit() for letter in cell)
        for cell in row
    )
    return whole and short and len(set(row)) == len(row)
