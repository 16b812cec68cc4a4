"""What an admin writes in `tools.yaml`: requests to HTTP services and MCP servers."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from knowledge.topics import Topic, Wordings
from knowledge.wording import ANY, Phrases, Wording
from providers.spec import SecretReference
from receptionist.tools.remote.templates import UrlTemplate, blanks

BUILT_IN = frozenset(
    {
        "search_knowledge",
        "check_hours",
        "find_contact",
        "transfer_call",
        "take_message",
        "promise_callback",
        "book_appointment",
        "switch_language",
        "end_call",
    }
)
"""Names a tenant's tool cannot have."""
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "cookie"}
)


def _url(text: str) -> str:
    UrlTemplate.parse(text)
    return text


def _template(text: str) -> str:
    blanks(text)
    return text


def _pointer(text: str) -> str:
    if not _POINTER.fullmatch(text):
        raise ValueError("must be a JSON pointer (RFC 6901), such as /order/status")
    return text


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise ValueError("is no name of a header")
    if name.lower() in _OWN_HEADERS:
        raise ValueError("is set by the receptionist itself")
    return name


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Pointer = Annotated[str, AfterValidator(_pointer)]
_HeaderName = Annotated[str, AfterValidator(_header)]
_HeaderText = Annotated[str, Field(pattern=r"^[\x20-\x7e]*$"), AfterValidator(_template)]
_Description = Annotated[str, Field(min_length=10, max_length=1000)]
_TimeoutMs = Annotated[int, Field(ge=200, le=15_000)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Argument(_Model):
    """Something a tool has to be told.

    Attributes:
        type: `code` is an order number or the like: letters and digits, blanks left out.
        required: It is asked for when it is missing.
        ask: How a caller is asked for it.
        one_of: The values there are; empty is any.
        min_length: Of `text` and `code`.
        max_length: Of `text` and `code`.
        minimum: Of a number.
        maximum: Of a number.
        keypad: The caller types it; its digits reach this request and nobody else.
    """

    name: Name
    description: Annotated[str, Field(min_length=3, max_length=300)]
    type: Literal["text", "code", "integer", "number", "boolean"] = "text"
    required: bool = True
    ask: Wording = Field(default_factory=dict[str, str])
    one_of: tuple[str, ...] = ()
    min_length: Annotated[int, Field(ge=1, le=500)] = 1
    max_length: Annotated[int, Field(ge=1, le=500)] = 200
    minimum: float = -1e12
    maximum: float = 1e12
    keypad: bool = False


class FieldOf(_Model):
    """A value of an answer: where it stands and how it is said.

    Attributes:
        at: JSON pointer (RFC 6901).
        say: `date` is an ISO 8601 date or time, `digits` is said digit by digit.
    """

    at: Pointer
    say: Literal["text", "date", "digits"] = "text"

    @model_validator(mode="before")
    @classmethod
    def _bare_pointer(cls, value: object) -> object:
        return {"at": value} if isinstance(value, str) else value


class AnswerRule(_Model):
    """What an answer of the service means; the first rule that fits holds.

    Attributes:
        status: HTTP statuses it fits; empty is any from 200 to 299.
        when: JSON pointer to the text, number or truth value that has to stand there.
        outcome: What the brain is told.
        fields: Values by the name they have in `spoken`; a rule whose value is missing does not
            fit.
        spoken: What the caller is told.
    """

    status: tuple[Annotated[int, Field(ge=200, le=599)], ...] = ()
    when: Mapping[Pointer, str | bool | int | float] = Field(default_factory=dict[str, Any])
    outcome: Name
    fields: Mapping[Name, FieldOf] = Field(default_factory=dict[str, FieldOf])
    spoken: Annotated[Wording, Field(min_length=1)]


class ToolTopic(Topic):
    """What callers say who need a tool; found like any topic, but never an answer."""


class HttpTool(_Model):
    """A request to a service, and what its answers mean.

    Attributes:
        name: What a brain calls it by.
        description: What it does and when to use it, for a language model.
        examples: What callers say who need it; the concierge chooses by their meaning.
        url: Where it goes; `{argument}` may stand in path and query.
        headers: Sent along; `{secret}` may stand in them.
        secrets: Where the secrets are kept, by the name they have in `headers`.
        body: JSON; `{argument}` may stand in its texts.
        confirm: Read back before it is done. A request that changes something needs it.
        reads_only: It changes nothing although its method may.
        timeout_ms: Longest wait for the whole answer; the caller waits too.
        max_kb: Longest answer.
        answers: What they mean.
    """

    name: Name
    description: _Description
    examples: Phrases = Field(default_factory=dict[str, tuple[str, ...]])
    arguments: Annotated[tuple[Argument, ...], Field(max_length=12)] = ()
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: Annotated[str, Field(max_length=2000), AfterValidator(_url)]
    headers: Mapping[_HeaderName, _HeaderText] = Field(default_factory=dict[str, str])
    secrets: Mapping[Name, SecretReference] = Field(default_factory=dict[str, str])
    body: Any = None
    confirm: Wording = Field(default_factory=dict[str, str])
    reads_only: bool = False
    timeout_ms: _TimeoutMs = 4000
    max_kb: Annotated[int, Field(ge=1, le=1024)] = 256
    answers: Annotated[tuple[AnswerRule, ...], Field(min_length=1, max_length=20)]

    def topic(self, languages: tuple[str, ...]) -> ToolTopic | None:
        """Returns its examples as a topic that can be found; None when it has none."""
        wordings = {
            language: Wordings(questions=questions, answer=f"Use the tool {self.name}.")
            for language in languages
            if (questions := self.examples.get(language) or self.examples.get(ANY, ()))
        }
        return (
            ToolTopic(id=self.name, title={ANY: self.name}, languages=wordings)
            if wordings
            else None
        )


class McpToolUse(_Model):
    """A tool of an MCP server that may be used.

    Attributes:
        name: As the server calls it.
        confirm: Read back before it is used; `{argument}` may stand in it. Empty: it changes
            nothing.
        sha256: Hash of its description and schema, as logged; another one is not used.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]{1,128}$")]
    confirm: Wording = Field(default_factory=dict[str, str])
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class McpServer(_Model):
    """An MCP server, and which of its tools may be used.

    Attributes:
        name: Its tools are called `<name>_<tool>`.
        command: Started here: a name the operator has given a program (RECEPTIONIST_MCP_COMMANDS).
        url: Asked over HTTP (streamable HTTP).
        headers: Sent along with each request to `url`; `{secret}` may stand in them.
        secrets: Where the secrets are kept, by the name they have in `headers`.
        timeout_ms: Longest wait for a result; the caller waits too.
        tools: Those that may be used; no other is.
    """

    name: Name
    command: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_-]{0,39})?$")] = ""
    url: Annotated[str, Field(max_length=2000)] = ""
    headers: Mapping[_HeaderName, _HeaderText] = Field(default_factory=dict[str, str])
    secrets: Mapping[Name, SecretReference] = Field(default_factory=dict[str, str])
    timeout_ms: _TimeoutMs = 6000
    tools: Annotated[tuple[McpToolUse, ...], Field(min_length=1, max_length=32)]

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("give either `command` or `url`")
        if self.url and UrlTemplate.parse(self.url).names:
            raise ValueError("the url of a server holds no {name}")
        return self


class TenantTools(_Model):
    """All tools a tenant brings along."""

    http: Annotated[tuple[HttpTool, ...], Field(max_length=32)] = ()
    mcp: Annotated[tuple[McpServer, ...], Field(max_length=8)] = ()

    def topics(self, languages: tuple[str, ...]) -> tuple[ToolTopic, ...]:
        """Returns what callers say who need one of the tools, as topics with the tools' names."""
        found = (tool.topic(languages) for tool in self.http)
        return tuple(topic for topic in found if topic is not None)
