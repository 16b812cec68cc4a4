"""Reads the folder `documents/` of a bundle."""

from pathlib import Path

from knowledge.documents.document import Document, DocumentError, Limits
from knowledge.documents.extraction import extract
from receptionist.tenants.bundle_files import BundleFiles
from receptionist.tenants.bundle_yaml import Place, Problem

FOLDER = "documents"
CHARACTERS = 5_000_000
"""Text of all documents together: some ten thousand passages."""

_README = "README.md"


def read_documents(bundle: BundleFiles, cache: Path | None, limits: Limits | None = None) -> None:
    """Reads every document of `bundle`, and notes what is wrong with each. Blocking.

    Args:
        bundle: Is given the documents and the problems.
        cache: Where their text is kept by the hash of the file; None keeps nothing.
        limits: What one file may take.
    """
    files = _files(bundle)
    documents: list[Document] = []
    for name, found in zip(
        files, extract(list(files.values()), limits or Limits(), cache), strict=True
    ):
        if isinstance(found, DocumentError):
            problem = Problem(file=name, line=found.line, message=str(found))
            bundle.problems.append(problem)
        else:
            bundle.places[FOLDER, len(documents)] = Place(file=name, line=1)
            documents.append(Document(name=name, title=found.title, blocks=found.blocks))
    if sum(len(block.text) for document in documents for block in document.blocks) > CHARACTERS:
        bundle.refuse(
            FOLDER, f"holds more than {CHARACTERS:,} letters of text; keep what callers ask about"
        )
    bundle.value[FOLDER] = documents


def _files(bundle: BundleFiles) -> dict[str, Path]:
    """Returns the files to read, by name. Hidden files and a README are its author's own."""
    found: dict[str, Path] = {}
    for name in bundle.names(FOLDER, "*"):
        if name.startswith(f"{FOLDER}/.") or name == f"{FOLDER}/{_README}":
            continue
        if (bundle.root / name).is_dir():
            bundle.refuse(name, "is a folder; put its files into documents/ itself")
        elif (path := bundle.file(name, required=False)) is not None:
            found[name] = path
    return found
