"""Files as offices write them, made by libraries."""

import io
import zipfile
from collections.abc import Callable, Sequence

import docx
from docx.document import Document as WordDocument
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

Lines = Sequence[tuple[int, str]]
"""Size of the letters, and what they say; size 0 leaves a gap."""


def pdf(*pages: Lines, title: str = "", password: str | None = None, owner: str = "") -> bytes:
    writer = PdfWriter()
    for lines in pages:
        _draw(writer, _drawn(lines))
    if title:
        writer.add_metadata({"/Title": title})
    if password is not None:
        writer.encrypt(password, owner or None, algorithm="AES-256")
    return _bytes(writer.write)


def _drawn(lines: Lines) -> str:
    drawn: list[str] = []
    y = 790
    for size, text in lines:
        y -= max(size, 10) * 2 if not size else int(size * 1.3)
        if size:
            escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            drawn.append(f"BT /F1 {size} Tf 1 0 0 1 60 {y} Tm ({escaped}) Tj ET")
    return "\n".join(drawn)


def programme(drawing: str) -> bytes:
    """A PDF of one page that is drawn by `drawing`."""
    writer = PdfWriter()
    _draw(writer, drawing)
    return _bytes(writer.write)


def _draw(writer: PdfWriter, drawing: str) -> None:
    page = writer.add_blank_page(595, 842)
    stream = DecodedStreamObject()
    stream.set_data(drawing.encode("cp1252"))
    packed = stream.flate_encode()
    page[NameObject("/Contents")] = writer._add_object(packed)  # pyright: ignore[reportPrivateUsage]
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): font})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})


def many_pages(count: int) -> bytes:
    writer = PdfWriter()
    for _ in range(count):
        writer.add_blank_page(595, 842)
    return _bytes(writer.write)


def word(build: Callable[[WordDocument], object]) -> bytes:
    document = docx.Document()
    build(document)
    return _bytes(document.save)


def zip_bomb(megabytes: int) -> bytes:
    """A Word document of some kilobytes that unpacks to `megabytes`."""
    plain = word(lambda document: document.add_paragraph("hello"))
    file = io.BytesIO(plain)
    with (
        zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as packed,
        packed.open("word/media/image1.bin", "w", force_zip64=True) as bomb,
    ):
        for _ in range(megabytes):
            bomb.write(bytes(1_000_000))
    return file.getvalue()


def protected_word() -> bytes:
    """The beginning of what Office writes for a document with a password."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(504)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(2000)
    )


def _bytes(write: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()
