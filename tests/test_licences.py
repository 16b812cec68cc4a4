"""The page on licences names everything we depend on, with what each package says."""

import re
import tomllib
from importlib.metadata import metadata
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[1]


def rows() -> dict[str, str]:
    """First and second column of every table."""
    page = (ROOT / "docs/licences.md").read_text(encoding="utf-8")
    cells = (line.split("|")[1:3] for line in page.splitlines() if line.startswith("| "))
    return {name.strip(): licence.strip() for name, licence in cells}


def dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = [one for group in project["optional-dependencies"].values() for one in group]
    names = (re.match(r"[\w.-]+", one) for one in [*project["dependencies"], *optional])
    return [name[0] for name in names if name]


@pytest.mark.parametrize("package", dependencies())
def test_a_dependency_is_listed_with_what_it_says(package: str) -> None:
    said = rows()[package]
    declared = metadata(package)
    if "License-Expression" in declared:
        assert said == declared["License-Expression"]
    else:
        assert said


def test_every_model_is_listed_with_the_licence_of_the_catalog() -> None:
    catalog = yaml.safe_load((ROOT / "providers/models/catalog.yaml").read_text(encoding="utf-8"))
    listed = rows()
    assert {name: listed.get(name) for name in catalog["models"]} == {
        name: model["licence"] for name, model in catalog["models"].items()
    }
