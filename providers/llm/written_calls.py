"""Finds tool calls that a model writes among its words instead of making them.

Models without a format for tools of their own write `transfer_call(name="Ann")`,
`{"name": …, "arguments": …}` or `<tool_call>…</tool_call>`. None of that is ever spoken, and
neither is what stands between `<think>` and `</think>`.
"""

import ast
import json
import re
from collections.abc import Collection

from providers.llm.say_reader import AskedTool, asked_tool

_BLOCKS = {"<tool_call>": "</tool_call>", "<think>": "</think>", "```": "```"}
_MARKS = (*_BLOCKS, "[TOOL_CALLS]", "{")
_OPEN, _CLOSED = "({[", ")}]"


class WrittenCalls:
    """Reads one answer.

    Args:
        names: The tools there are.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = tuple(sorted(names, key=len, reverse=True))
        alternatives = "|".join(map(re.escape, self._names)) or r"(?!)"
        marks = "|".join(map(re.escape, _MARKS))
        self._start = re.compile(rf"{marks}|\b(?:{alternatives})\s*\(")
        self._held = ""
        self._mute = False
        self._calls: list[AskedTool] = []

    def feed(self, text: str) -> str:
        """Returns what can be said of what has come."""
        self._held += text
        said: list[str] = []
        while match := self._start.search(self._held):
            self._say(said, match.start())
            if not self._take(match[0]):
                return "".join(said)
        self._say(said, len(self._held) - self._doubtful(self._held))
        return "".join(said)

    def finish(self) -> tuple[str, list[AskedTool]]:
        """Returns what is left to say, and the calls; half a call is neither."""
        rest = "" if self._mute or self._start.match(self._held) else self._held
        self._held = ""
        return rest, self._calls

    def _say(self, said: list[str], length: int) -> None:
        if not self._mute:
            said.append(self._held[:length])
        self._held = self._held[length:]

    def _take(self, mark: str) -> bool:
        """Takes what begins with `mark` off what is held; False when its end has not come."""
        if mark in _BLOCKS:
            end = self._held.find(_BLOCKS[mark], len(mark))
            if end < 0:
                return False
            inside = self._held[len(mark) : end]
            self._held = self._held[end + len(_BLOCKS[mark]) :]
            if mark != "<think>":
                self._note(inside.strip().removeprefix("json"))
            return True
        if mark == "[TOOL_CALLS]":
            self._mute = True  # nothing but calls follows
            self._held = self._held[len(mark) :]
            return True
        length = _balanced(self._held)
        if not length:
            return False
        written, self._held = self._held[:length], self._held[length:]
        self._note(written)
        return True

    def _note(self, written: str) -> None:
        written = written.strip()
        call = _from_json(written) or _from_code(written, self._names)
        if call and call.name in self._names:
            self._calls.append(call)

    def _doubtful(self, text: str) -> int:
        """Returns how many letters at the end may be the beginning of a call."""
        longest = max((len(name) for name in (*_MARKS, *self._names)), default=0) + 2
        for length in range(min(longest, len(text)), 0, -1):
            tail = text[-length:]
            if any(mark.startswith(tail) for mark in _MARKS):
                return length
            at_word = length == len(text) or not (text[-length - 1].isalnum())
            if at_word and any((name + " (").startswith(tail) for name in self._names):
                return length
        return 0


def _balanced(text: str) -> int:
    """Returns the length of the bracketed expression at the start; 0 while it is open."""
    depth, quote, escaped = 0, "", False
    for index, character in enumerate(text):
        if escaped:
            escaped = False
        elif quote:
            escaped = character == "\\"
            quote = "" if character == quote else quote
        elif character == '"' or (character == "'" and not text[index - 1].isalnum()):
            quote = character
        elif character in _OPEN:
            depth += 1
        elif character in _CLOSED:
            depth -= 1
            if depth == 0:
                return index + 1
    return 0


def _from_json(written: str) -> AskedTool | None:
    for text in (written, written[1:-1]):  # some write {{"name": …}}
        try:
            value: object = json.loads(text, strict=False)
        except ValueError:
            continue
        return asked_tool(value[0] if isinstance(value, list) and value else value)
    return None


def _from_code(written: str, names: Collection[str]) -> AskedTool | None:
    try:
        call = ast.parse(written, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        name = written.partition("(")[0].strip()
        return AskedTool(name=name, arguments={}) if name in names else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return None
    arguments = {
        keyword.arg: keyword.value.value
        for keyword in call.keywords
        if keyword.arg and isinstance(keyword.value, ast.Constant)
    }
    if len(call.args) == 1 and isinstance(call.args[0], ast.Dict):
        inside = ast.unparse(call.args[0])
        try:
            arguments = {str(key): value for key, value in ast.literal_eval(inside).items()}
        except ValueError:
            arguments = {}
    return AskedTool(name=call.func.id, arguments=arguments)
