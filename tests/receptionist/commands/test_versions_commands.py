"""Bundles are brought in, published, compared and taken out on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from receptionist.cli import app
from receptionist.errors import ConfigurationError, NotFoundError
from receptionist.versions.checks import RefusedError
from receptionist.versions.errors import ChangedError, TakenError
from receptionist.versions.folders import read_folder, write_folder
from tests.receptionist.tenants.small_bundle import CONTACTS, FAQ, TENANT
from tests.receptionist.versions.mill import MILL

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("RECEPTIONIST_DATABASE_URL", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(MILL, tmp_path / "mill")
    run("customers", "add", "flour", "--name", "Flour and Sons")
    return tmp_path / "mill"


def run(*arguments: object) -> str:
    told = CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return told.stdout


def read(*arguments: object) -> Any:
    return json.loads(run(*arguments, "--json"))


def test_from_a_folder_to_a_version_and_back(folder: Path, tmp_path: Path) -> None:
    told = run("tenants", "import", folder, "--customer", "flour", "--message", "First.")
    assert told == "mill: version 1 is live.\n"
    again = run("tenants", "import", folder, "--customer", "flour", "--message", "First.")
    assert again == "mill: version 1 holds these files and is live.\n"
    assert [one["id"] for one in read("customers", "list")] == ["flour"]
    assert [one["customer"] for one in read("tenants", "list")] == ["flour"]

    (folder / "contacts.yaml").write_text(CONTACTS.replace("Ann Lee", "Ann Smith"))
    told = run("tenants", "import", folder, "--customer", "flour")
    assert "the draft holds these 5 files" in told
    shown = run("versions", "diff", "mill")
    assert shown.startswith("* contact 'Ann Lee' changed: renamed to 'Ann Smith'\n")
    assert "+    name: Ann Smith\n" in shown
    assert read("versions", "diff", "mill")["files"][0]["path"] == "contacts.yaml"
    published = read("versions", "publish", "mill", "--message", "Ann has married.")
    assert (published["number"], published["added"]) == (2, True)
    assert published["author"].startswith("cli:")

    assert run("versions", "rollback", "mill") == "mill: live is version 1.\n"
    assert run("versions", "label", "mill", "staging", 2) == "mill: staging is version 2.\n"
    listed = read("versions", "list", "mill")
    assert [(one["number"], one["labels"]) for one in listed] == [(2, ["staging"]), (1, ["live"])]
    assert "Ann has married." in run("versions", "list", "mill")

    run("tenants", "export", "mill", tmp_path / "live")
    assert read_folder(tmp_path / "live") == MILL
    run("tenants", "export", "mill", tmp_path / "second.zip", "--version", 2)
    told = run("tenants", "import", tmp_path / "second.zip", "--customer", "flour")
    assert "version" in told
    assert run("versions", "show", "mill", "2", "--file", "contacts.yaml") == (
        CONTACTS.replace("Ann Lee", "Ann Smith")
    )
    assert "of mill" in run("versions", "show", "mill", "live")
    assert read("versions", "show", "mill")["draft"]["based_on"] == 2
    restored = run("versions", "restore", "mill", 1)
    assert restored == "mill: the draft is as version 1. `versions publish` next.\n"


def test_what_is_not_published_is_not_replaced_unasked(folder: Path) -> None:
    run("tenants", "import", folder, "--customer", "flour", "--message", "First.")
    (folder / "faq" / "all.yaml").write_text(FAQ.replace("Yes, behind", "No, not behind"))
    run("tenants", "import", folder, "--customer", "flour")
    (folder / "faq" / "all.yaml").write_text(FAQ)
    with pytest.raises(ChangedError, match="--replace"):
        run("tenants", "import", folder, "--customer", "flour")
    with pytest.raises(ChangedError, match="--replace"):
        run("versions", "restore", "mill", 1)
    run("versions", "restore", "mill", 1, "--replace")
    assert run("versions", "diff", "mill") == "There is no difference.\n"


def test_what_is_wrong_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no customer 'nobody'"):
        run("tenants", "import", folder, "--customer", "nobody")
    with pytest.raises(ConfigurationError, match="These files are no bundle"):
        run("tenants", "import", tmp_path / "data", "--customer", "flour")
    with pytest.raises(NotFoundError, match="no tenant 'mill'"):
        run("versions", "list", "mill")
    (folder / "tenant.yaml").write_text(TENANT.replace("country: IT", "country: Italy"))
    with pytest.raises(RefusedError, match=r"tenant\.yaml:5: country"):
        run("tenants", "import", folder, "--customer", "flour", "--message", "First.")
    with pytest.raises(NotFoundError, match="labelled 'live'"):
        run("tenants", "export", "mill", tmp_path / "out")
    run("customers", "add", "bolts")
    with pytest.raises(TakenError, match="tenant 'mill' already"):
        run("tenants", "import", folder, "--customer", "bolts")
    assert "no sentence" in run("approvals", "list", "mill").lower()
