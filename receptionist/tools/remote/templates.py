"""Templates a tenant writes: addresses, bodies and sentences with `{name}` in them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast
from urllib.parse import quote

import httpx2

_BLANK = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_BRACE = re.compile(r"[{}]")
_UNSAFE = re.compile(r"[\s\\\x00-\x1f\x7f]")
_BASE = re.compile(r"(https?://[^/?#]+)(/.*)?", re.IGNORECASE)
_OMITTED = object()


class TemplateError(ValueError):
    """A template cannot be used, or not with these values; the message says why."""


def blanks(text: str) -> frozenset[str]:
    """Returns the names in `text` that are to be filled in.

    Raises:
        TemplateError: there is a brace that belongs to none.
    """
    if stray := _BRACE.search(_BLANK.sub("", text)):
        raise TemplateError(
            f"{stray[0]!r} without its name; write {{name}} in small letters, digits and _"
        )
    return frozenset(_BLANK.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Returns `text` with its names filled in; one without a value becomes nothing.

    What is filled in is never looked at again: a `{name}` in a value stays as it is.
    """
    return _BLANK.sub(lambda found: values.get(found[1], ""), text)


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlTemplate:
    """An address whose path and query are partly filled in; its host never is.

    Attributes:
        base: Scheme and host.
        path: Path with names, beginning with a slash.
        query: What follows the question mark, with names.
    """

    base: str
    path: str
    query: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `https://host/path/{name}?key={other}`.

        Raises:
            TemplateError: it is no such address.
        """
        if _UNSAFE.search(text):
            raise TemplateError("blanks, control characters and \\ are not allowed in a URL")
        found = _BASE.fullmatch(text)
        if found is None:
            raise TemplateError("must begin with https:// and a host")
        if "#" in text:
            raise TemplateError("a part behind # is never sent; leave it out")
        base = found[1]
        if _BRACE.search(base):
            raise TemplateError("the host is fixed; only path and query may hold {name}")
        path, _, query = (found[2] or text[len(base) :] or "/").partition("?")
        template = cls(base=base, path=path or "/", query=query)
        names = template.names  # raises where a brace is stray
        _parsed(template._expanded(dict.fromkeys(names, "a")), base)
        return template

    @property
    def names(self) -> frozenset[str]:
        """What is filled in."""
        return self.path_names | blanks(self.query)

    @property
    def path_names(self) -> frozenset[str]:
        """What is filled into the path: these cannot be left out."""
        return blanks(self.path)

    def expand(self, values: Mapping[str, str]) -> httpx2.URL:
        """Returns the address with each value percent-encoded (RFC 6570, simple expansion).

        Raises:
            TemplateError: a value would lead to another path.
        """
        for name in self.path_names:
            if not values.get(name):
                raise TemplateError(f"{name!r} is missing")
        filled_path = filled(self.path, values)
        if any(segment in (".", "..") for segment in filled_path.split("/")):
            # Servers and libraries take these out, together with the segment before.
            raise TemplateError("'.' and '..' are no values for a path")
        return _parsed(self._expanded(values), self.base)

    def _expanded(self, values: Mapping[str, str]) -> str:
        encoded = {name: quote(value, safe="") for name, value in values.items()}
        query = f"?{filled(self.query, encoded)}" if self.query else ""
        return f"{self.base}{filled(self.path, encoded)}{query}"


def body_names(body: object) -> frozenset[str]:
    """Returns the names in all texts of a JSON body.

    Raises:
        TemplateError: one of them has a stray brace.
    """
    return frozenset().union(*(blanks(text) for text in _texts(body)))


def filled_body(body: object, values: Mapping[str, Any]) -> Any:
    """Returns a JSON body filled in.

    A text that is nothing but one `{name}` becomes the value itself, a number stays a number; where
    it has no value, the key is left out.
    """
    result = _filled_body(body, values)
    return None if result is _OMITTED else result


def _filled_body(body: object, values: Mapping[str, Any]) -> Any:
    if isinstance(body, str):
        if whole := _BLANK.fullmatch(body):
            return values.get(whole[1], _OMITTED)
        return filled(body, {name: str(value) for name, value in values.items()})
    if isinstance(body, dict):
        fields = cast("dict[str, object]", body)
        pairs = ((key, _filled_body(value, values)) for key, value in fields.items())
        return {key: value for key, value in pairs if value is not _OMITTED}
    if isinstance(body, list | tuple):
        items = (_filled_body(item, values) for item in cast("list[object]", body))
        return [item for item in items if item is not _OMITTED]
    return body


def _texts(body: object) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif isinstance(body, dict):
        for value in cast("dict[str, object]", body).values():
            yield from _texts(value)
    elif isinstance(body, list | tuple):
        for item in cast("list[object]", body):
            yield from _texts(item)


def _parsed(text: str, base: str) -> httpx2.URL:
    try:
        url, alone = httpx2.URL(text), httpx2.URL(base)
    except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise TemplateError(f"is no URL: {error}") from error
    if not url.host or url.userinfo:
        raise TemplateError("must name a host, without user or password")
    if (url.scheme, url.raw_host, url.port) != (alone.scheme, alone.raw_host, alone.port):
        raise TemplateError("leads to another host")
    return url
