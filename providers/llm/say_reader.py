"""Reads `{"say": …, "tool": …}` as it arrives: the words at once, the tool when it is complete."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
_REPLACEMENT = "�"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTool:
    """A tool a model asks for."""

    name: str
    arguments: dict[str, Any]


class AnswerReader(Protocol):
    """Takes a model's text apart into what is said and what is done."""

    def feed(self, text: str) -> str:
        """Returns what can be said of what has come."""
        ...

    def finish(self) -> tuple[str, list[AskedTool]]:
        """Returns what is left to say, and the tools asked for."""
        ...


class _Decoder:
    """Decodes the inside of a JSON string, character by character."""

    def __init__(self) -> None:
        self._escape = ""
        self._high = 0

    @property
    def escaping(self) -> bool:
        return bool(self._escape)

    def take(self, character: str) -> str:
        """Returns what is complete with `character`."""
        if not self._escape:
            if character == "\\":
                self._escape = character
                return ""
            return self.end() + character
        self._escape += character
        if self._escape[1] != "u":
            plain, self._escape = self._escape[1], ""
            return self.end() + _ESCAPES.get(plain, plain)
        if len(self._escape) < 6:
            return ""
        digits, self._escape = self._escape[2:], ""
        try:
            return self._unit(int(digits, 16))
        except ValueError:
            return self.end() + _REPLACEMENT

    def _unit(self, unit: int) -> str:
        if unit in _LOW and self._high:
            high, self._high = self._high, 0
            return chr(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00))
        before = self.end()
        if unit in _HIGH:
            self._high = unit
            return before
        return before + (_REPLACEMENT if unit in _LOW else chr(unit))

    def end(self) -> str:
        """Returns what stands for half a character that is never completed."""
        half, self._high = self._high, 0
        return _REPLACEMENT if half else ""


class SayReader:
    """Reads one answer in JSON; one that is no JSON is read as words."""

    def __init__(self) -> None:
        self._raw = ""
        self._begun = self._over = self._plain = False
        self._depth = 0
        self._string: _Decoder | None = None
        self._text = ""
        self._key: str | None = None

    def feed(self, text: str) -> str:
        """Returns the words of `say` that have become complete."""
        said: list[str] = []
        for character in text:
            if self._plain:
                said.append(character)
            elif not self._begun:
                said.append(self._begin(character))
            elif not self._over:
                self._raw += character
                said.append(self._take(character))
        return "".join(said)

    def finish(self) -> tuple[str, list[AskedTool]]:
        """Returns no more words, and the tool that is asked for, if any."""
        if self._plain or not self._begun:
            return "", []
        try:
            answer: Any = json.loads(self._raw, strict=False)
        except ValueError:
            return "", []
        tool = asked_tool(answer.get("tool")) if isinstance(answer, dict) else None
        return "", [tool] if tool else []

    def _begin(self, character: str) -> str:
        """Looks for the brace; a fence around the JSON is passed over."""
        self._raw += character
        if character == "{":
            self._begun, self._raw, self._depth = True, "{", 1
            return ""
        if "```json\n".startswith(self._raw.lstrip()) or not self._raw.strip("`\n "):
            return ""
        self._plain = True
        return self._raw

    def _take(self, character: str) -> str:
        if self._string is not None:
            return self._inside(character)
        if character == '"':
            self._string, self._text = _Decoder(), ""
        elif character in "{[":
            self._depth += 1
        elif character in "}]":
            self._depth -= 1
            self._over = self._depth == 0
        elif character == "," and self._depth == 1:
            self._key = None
        return ""

    def _inside(self, character: str) -> str:
        assert self._string is not None
        if character == '"' and not self._string.escaping:
            decoded, self._string = self._string.end(), None
            said = self._spoken(decoded)
            if self._depth == 1 and self._key is None:
                self._key = self._text
            return said
        return self._spoken(self._string.take(character))

    def _spoken(self, decoded: str) -> str:
        self._text += decoded
        return decoded if self._depth == 1 and self._key == "say" else ""


def asked_tool(value: object) -> AskedTool | None:
    """Returns the tool that a JSON value asks for, in any of the usual spellings."""
    if not isinstance(value, dict):
        return None
    inner = value.get("function")
    if isinstance(inner, dict):
        value = inner
    name = value.get("name") or value.get("tool") or inner
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            return None
    if not isinstance(name, str) or not isinstance(arguments, dict | None):
        return None
    return AskedTool(name=name, arguments={str(k): v for k, v in (arguments or {}).items()})
