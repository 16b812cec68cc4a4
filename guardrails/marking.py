"""Marks synthetic speech so that machines can tell: in the file itself, in two standard places.

A WAV file carries a `LIST`/`INFO` chunk that most players show and an XMP packet (`_PMX` chunk)
with the IPTC property DigitalSourceType. Both stand before the sound: a file that was cut off is
marked. AI Act, Art. 50(2); IPTC Photo Metadata 2025.1 and the IPTC NewsCodes "Digital Source
Type"; RIFF: Multimedia Programming Interface and Data Specifications 1.0.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO
from xml.sax.saxutils import escape

PRODUCT = "Receptionist, a virtual telephone receptionist"

_HEADER_BYTES = 12
_CHUNK_BYTES = 8
_PCM = 1
_SAMPLE_BYTES = 2
_LONGEST = 0xFFFFFFFF
_MARK_MAX_BYTES = 1 << 20
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_SOURCE = "Iptc4xmpExt:DigitalSourceType"


class DigitalSource(StrEnum):
    """Where a sound comes from, as IPTC names it."""

    SYNTHETIC = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    COMPOSITE = (
        "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    )
    """A person and a synthetic voice in one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """What a file says of its sound.

    Attributes:
        source: Where it comes from.
        engines: What made the voice, with the voice, such as `piper:en_US-joe-medium`.
        created_at: When.
        title: What the file holds, such as the id of a call.
    """

    source: DigitalSource
    engines: tuple[str, ...]
    created_at: datetime
    title: str = ""

    @property
    def comment(self) -> str:
        """Returns the same for people."""
        made = f" by {', '.join(self.engines)}" if self.engines else ""
        if self.source is DigitalSource.COMPOSITE:
            return f"The right channel is synthetic speech generated{made}. {self.source}"
        return f"Synthetic speech generated{made}. {self.source}"


def wav_header(marking: Marking, *, rate_hz: int, channels: int, data_bytes: int = 0) -> bytes:
    """Returns what a WAV file (s16le) begins with, up to its first sample.

    Args:
        marking: What it says of the sound.
        rate_hz: Of the sound.
        channels: Interleaved.
        data_bytes: Length of the sound; headers of one marking are equally long whatever it is.
    """
    frame_bytes = channels * _SAMPLE_BYTES
    form = struct.pack(
        "<HHIIHH", _PCM, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, 8 * _SAMPLE_BYTES
    )
    before = _chunk(b"fmt ", form) + _info(marking) + _chunk(b"_PMX", xmp(marking))
    size = len(b"WAVE") + len(before) + _CHUNK_BYTES + data_bytes + data_bytes % 2
    data = b"data" + struct.pack("<I", min(data_bytes, _LONGEST))
    return b"RIFF" + struct.pack("<I", min(size, _LONGEST)) + b"WAVE" + before + data


def marked_wav(pcm: bytes, marking: Marking, *, rate_hz: int, channels: int) -> bytes:
    """Returns a whole WAV file of `pcm`, s16le interleaved."""
    header = wav_header(marking, rate_hz=rate_hz, channels=channels, data_bytes=len(pcm))
    return header + pcm + b"\0" * (len(pcm) % 2)


def xmp(marking: Marking) -> bytes:
    """Returns the marking as an XMP packet (ISO 16684-1)."""
    engines = "".join(f"<rdf:li>{_text(engine)}</rdf:li>" for engine in marking.engines)
    packet = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="{_IPTC}">
   <{_SOURCE}>{marking.source}</{_SOURCE}>
   <xmp:CreatorTool>{_text(PRODUCT)}</xmp:CreatorTool>
   <xmp:CreateDate>{marking.created_at.isoformat(timespec="seconds")}</xmp:CreateDate>
   <dc:title>
    <rdf:Alt><rdf:li xml:lang="x-default">{_text(marking.title)}</rdf:li></rdf:Alt>
   </dc:title>
   <dc:creator><rdf:Seq>{engines}</rdf:Seq></dc:creator>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
    return packet.encode()


def digital_source(file: BinaryIO) -> DigitalSource | None:
    """Returns what a WAV file says of its sound; None when it says nothing or is no WAV file."""
    for name, content in _chunks(file):
        if name == b"_PMX":
            for source in DigitalSource:
                if f">{source}<".encode() in content:
                    return source
    return None


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yields the chunks that may hold a marking, read as far as they are there."""
    header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or header[:4] != b"RIFF" or header[8:] != b"WAVE":
        return
    while len(head := file.read(_CHUNK_BYTES)) == _CHUNK_BYTES:
        size = int.from_bytes(head[4:], "little")
        if size <= _MARK_MAX_BYTES:
            yield head[:4], file.read(size)
            file.seek(size % 2, 1)
        else:
            file.seek(size + size % 2, 1)


def _info(marking: Marking) -> bytes:
    tags = {
        b"INAM": marking.title,
        b"IART": ", ".join(marking.engines),
        b"ISFT": PRODUCT,
        b"ICRD": marking.created_at.date().isoformat(),
        b"ICMT": marking.comment,
    }
    entries = (_chunk(tag, _plain(text).encode() + b"\0") for tag, text in tags.items() if text)
    return _chunk(b"LIST", b"INFO" + b"".join(entries))


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _plain(text: str) -> str:
    """Returns `text` without what no tag holds: control characters and halves of letters."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else " " for letter in whole)


def _text(text: str) -> str:
    return escape(_plain(text))
