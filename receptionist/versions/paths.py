"""Names of files that mean the same on every machine, and lead nowhere else."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\\ud800-\udfff]')
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?")
"""Names that are devices on Windows, whatever follows the dot."""
_PART_BYTES = 200
_PATH_BYTES = 400
_DEPTH = 6
_VERSION_CONTROL = ".git"


def objection(path: str) -> str:
    """Returns why a file may not be called `path`, which is written with `/`; "" when it may."""
    if len(path.encode(errors="replace")) > _PATH_BYTES:
        return "has too long a name"
    parts = path.split("/")
    if len(parts) > _DEPTH:
        return f"lies more than {_DEPTH} folders deep"
    return next(filter(None, map(_objection_to_part, parts)), "")


def clashes(paths: Iterable[str]) -> Mapping[str, str]:
    """Returns, by path, the one before it that is the same where `A` is `a`, or is its folder."""
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    found: dict[str, str] = {}
    for path in paths:
        key = _key(path)
        parts = key.split("/")
        around = ["/".join(parts[:end]) for end in range(1, len(parts))]
        other = seen.get(key) or folders.get(key)
        other = other or next((seen[one] for one in around if one in seen), None)
        if other is not None:
            found[path] = other
        seen.setdefault(key, path)
        for one in around:
            folders.setdefault(one, path)
    return found


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def _objection_to_part(part: str) -> str:
    if part in ("", ".", ".."):
        return "is no name of a file in a bundle"
    if _FORBIDDEN.search(part) or any(unicodedata.category(one) == "Cf" for one in part):
        return "has a letter in its name that not every machine allows"
    if part != part.strip() or part.endswith("."):
        return "has a name that begins or ends with a blank, or ends with a dot"
    if _DEVICE.fullmatch(part):
        return "is called like a device of Windows"
    if part.casefold() == _VERSION_CONTROL:
        return "belongs to git"
    return "has too long a name" if len(part.encode()) > _PART_BYTES else ""
