from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from providers.errors import ProviderError
from providers.models.catalog import ModelFile, load_catalog
from providers.registry import Registry
from providers.spec import Slot

pytestmark = pytest.mark.unit

SHA = "a" * 64


def entry(**changes: Any) -> dict[str, Any]:
    piece = {"kind": "pypi", "origin": "pack==1", "member": "pack/x.bin"}
    sources = [{"pieces": [piece]}]
    return {"path": "x.bin", "bytes": 3, "sha256": SHA, "sources": sources} | changes


def test_built_in_catalogue_names_what_the_product_needs_by_default() -> None:
    models = load_catalog().models
    assert {name for name, model in models.items() if model.default} == {
        "whisper-base",
        "kokoro",
        "kokoro-voices",
    }


def test_every_model_of_the_built_in_catalogue_belongs_to_an_engine() -> None:
    registry = Registry([])
    for model in load_catalog().models.values():
        slot, _, scheme = model.engine.partition(".")
        assert scheme in registry.schemes(Slot(slot))


def test_every_package_of_the_built_in_catalogue_is_pinned_to_a_version() -> None:
    for model in load_catalog().models.values():
        for file in model.files:
            for source in file.sources:
                assert all("==" in p.origin or "@" in p.origin for p in source.pieces)


def test_the_only_piece_of_a_file_takes_its_length_and_digest() -> None:
    piece = ModelFile.model_validate(entry()).sources[0].pieces[0]
    assert (piece.bytes, piece.sha256) == (3, SHA)


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "a\\..\\x", ""])
def test_a_path_that_leaves_the_folder_of_its_model_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="leaves the folder"):
        ModelFile.model_validate(entry(path=path))


def test_pieces_that_do_not_add_up_are_refused() -> None:
    part = {"kind": "pypi", "origin": "p==1", "member": "m", "bytes": 1, "sha256": SHA}
    with pytest.raises(ValidationError, match="do not add up"):
        ModelFile.model_validate(entry(sources=[{"pieces": [part, part]}]))


def test_a_piece_of_several_needs_its_own_digest() -> None:
    part = {"kind": "pypi", "origin": "p==1", "member": "m", "bytes": 1}
    with pytest.raises(ValidationError, match="needs its sha256"):
        ModelFile.model_validate(entry(sources=[{"pieces": [part, part, part]}]))


def test_an_origin_that_would_be_read_as_an_option_of_a_client_is_refused() -> None:
    piece = {"kind": "pypi", "origin": "--index-url=x", "member": "m"}
    with pytest.raises(ValidationError, match="dash"):
        ModelFile.model_validate(entry(sources=[{"pieces": [piece]}]))


def test_an_operator_adds_and_replaces_models_with_a_catalogue_of_his_own(tmp_path: Path) -> None:
    own = tmp_path / "catalog.yaml"
    mine = {"purpose": "Mine", "licence": "MIT", "files": [entry()]}
    own.write_text(yaml.safe_dump({"models": {"mine": mine, "kokoro": mine}}))
    models = load_catalog(own).models
    assert models["mine"].purpose == models["kokoro"].purpose == "Mine"
    assert "whisper-base" in models


@pytest.mark.parametrize("text", ["models: {x: {purpose: 1}}", "models: [", "[]", "", "a: b"])
def test_a_broken_catalogue_is_one_error_naming_the_file(tmp_path: Path, text: str) -> None:
    own = tmp_path / "catalog.yaml"
    own.write_text(text)
    with pytest.raises(ProviderError, match=r"catalog\.yaml"):
        load_catalog(own)
