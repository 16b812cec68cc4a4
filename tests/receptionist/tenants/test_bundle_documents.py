"""The documents of a bundle: read, or named with what is wrong with them."""

from pathlib import Path
from shutil import copytree

import pytest
from typer.testing import CliRunner

from receptionist.cli import app
from receptionist.tenants import DEMO, bundle_documents
from receptionist.tenants.bundle import examine, load_bundle
from tests.knowledge.documents import files

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied = Path(copytree(DEMO, tmp_path / "tenant"))
    (copied / "documents").mkdir(exist_ok=True)
    return copied


def said(folder: Path) -> list[str]:
    return [str(problem) for problem in examine(folder).problems]


def test_documents_become_part_of_the_tenant(folder: Path, tmp_path: Path) -> None:
    terms = files.pdf([(20, "Returns"), (11, "Within thirty days.")], title="Terms")
    (folder / "documents" / "terms.pdf").write_bytes(terms)
    (folder / "documents" / "README.md").write_text("For whoever keeps this bundle.")
    (folder / "documents" / ".DS_Store").write_bytes(b"\0\1")
    config = load_bundle(folder, tmp_path / "cache")
    added = {document.name: document for document in config.documents}["documents/terms.pdf"]
    assert added.title == "Terms"
    assert [block.text for block in added.blocks] == ["Returns", "Within thirty days."]
    assert load_bundle(folder, tmp_path / "cache") == config
    assert len(config.documents) == 1 + len(load_bundle(DEMO).documents)


def test_everything_wrong_is_named_by_file_and_line(folder: Path, tmp_path: Path) -> None:
    documents = folder / "documents"
    (documents / "a.csv").write_bytes("città;prezzo\nForlì;3\nCefalù;4;5\n".encode("latin-1"))
    (documents / "b.pdf").write_bytes(files.pdf([(11, "A secret")], password="x"))
    (documents / "c.xlsx").write_bytes(b"PK\x03\x04")
    (documents / "d.docx").write_bytes(files.protected_word())
    (documents / "e").mkdir()
    (tmp_path / "outside.txt").write_text("Not for callers.")
    (documents / "f.txt").symlink_to(tmp_path / "outside.txt")
    problems = said(folder)
    assert [problem.split(";")[0] for problem in problems] == [
        "documents/a.csv:3: has 3 columns here and 2 in its first row",
        "documents/b.pdf:1: is protected by a password",
        "documents/c.xlsx:1: is of a kind that is not read",
        "documents/d.docx:1: is protected by a password",
        "documents/e:1: is a folder",
        "documents/f.txt:1: is a link out of the bundle",
    ]


def test_documents_are_a_folder_and_not_a_key(folder: Path) -> None:
    with (folder / "tenant.yaml").open("a") as file:
        file.write("documents: []\n")
    assert "'documents' belongs in the folder documents/" in said(folder)[0]


def test_more_text_than_can_be_searched_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_documents, "CHARACTERS", 20)
    (folder / "documents" / "a.txt").write_text("Too much text for this tenant.")
    assert said(folder) == [
        "documents:1: holds more than 20 letters of text; keep what callers ask about"
    ]


def test_the_check_command_names_documents(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEPTIONIST_DOCUMENTS_CACHE_DIR", str(tmp_path / "cache"))
    (folder / "documents" / "scan.pdf").write_bytes(files.many_pages(2))
    (folder / "documents" / "fine.txt").write_text("Read me.")
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert result.exit_code == 1
    assert "scan.pdf:1: has no text, only pictures of it (a scan)" in result.output
    assert len(list((tmp_path / "cache").iterdir())) == 1
