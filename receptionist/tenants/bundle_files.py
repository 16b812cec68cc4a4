"""The files of a bundle: which may be read, what they say together, and where each value stands."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from receptionist.tenants.bundle_yaml import Document, Place, Problem, read_document
from receptionist.tenants.finding import Location

_MOST_FILES = 200


@dataclass(slots=True, kw_only=True)
class BundleFiles:
    """What all files say together, and where each value stands."""

    root: Path
    value: dict[str, Any] = field(default_factory=dict[str, Any])
    places: dict[Location, Place] = field(default_factory=dict[Location, Place])
    problems: list[Problem] = field(default_factory=list[Problem])

    def place(self, location: Location) -> Place:
        """Returns the place of the value at `location`, or of what is nearest around it."""
        for end in range(len(location), -1, -1):
            if location[:end] in self.places:
                return self.places[location[:end]]
        return Place(file="tenant.yaml", line=1)

    def file(self, name: str, *, required: bool) -> Path | None:
        """Returns the path of a file that may be read; None, with a problem, when it may not."""
        path = self.root / name
        if not path.is_file():
            if required:
                self.refuse(name, "is missing")
            elif path.is_symlink():
                self.refuse(name, "is a link to nowhere")
            return None
        if not path.resolve().is_relative_to(self.root.resolve()):
            self.refuse(name, "is a link out of the bundle")
            return None
        return path

    def document(self, name: str, *, required: bool) -> Document | None:
        """Reads a YAML file; None when there is nothing to use in it."""
        path = self.file(name, required=required)
        if path is None:
            return None
        document = read_document(path, name)
        self.problems += document.problems
        if document.value is None and not document.problems:
            self.refuse(name, "is empty")
        return document if document.value is not None else None

    def adopt(self, document: Document, location: Location) -> None:
        """Puts the places of `document` under `location`."""
        for path, place in document.places.items():
            self.places[(*location, *path)] = place

    def refuse(self, name: str, message: str) -> None:
        """Notes that the file `name` cannot be used."""
        self.problems.append(Problem(file=name, line=1, message=message))

    def names(self, folder: str, pattern: str) -> list[str]:
        """Returns the names of the files in `folder` that match `pattern`, sorted."""
        names = sorted(path.name for path in (self.root / folder).glob(pattern))
        if len(names) > _MOST_FILES:
            problem = Problem(file=folder, line=1, message=f"has more than {_MOST_FILES} files")
            self.problems.append(problem)
        return [f"{folder}/{name}" for name in names[:_MOST_FILES]]
