"""A tenant's HTTP request as a tool."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from loguru import logger

from knowledge.wording import worded
from receptionist.tools.captured import WrongError
from receptionist.tools.confirmation import ConfirmedTool, Proposal, Result, digest
from receptionist.tools.contract import Arguments, Tool, ToolContext
from receptionist.tools.phrases import say
from receptionist.tools.remote.answers import GarbledError, parsed, speakable, understood
from receptionist.tools.remote.arguments import arguments_model, given, read, schema
from receptionist.tools.remote.config import HttpTool
from receptionist.tools.remote.exchange import Asked, Exchange, ExchangeError, Fault
from receptionist.tools.remote.templates import (
    TemplateError,
    UrlTemplate,
    blanks,
    filled,
    filled_body,
)

SPARE_MS = 500
"""The registry waits this much longer, so that the tool itself says what went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    asked: Asked
    said: Mapping[str, str]


class HttpRequest:
    """What one HTTP tool of a tenant sends, and what its answers mean.

    Args:
        config: As it is written.
        exchange: Sends it.
        secrets: The secrets themselves, by name.
    """

    def __init__(self, config: HttpTool, exchange: Exchange, secrets: Mapping[str, str]) -> None:
        self.config = config
        self._exchange = exchange
        self._url = UrlTemplate.parse(config.url)
        secret = {name for name, text in config.headers.items() if blanks(text)}
        self._secret_headers = {name: filled(config.headers[name], secrets) for name in secret}
        self._headers = {n: text for n, text in config.headers.items() if n not in secret}

    def plan(self, values: Mapping[str, Any], context: ToolContext, key: str) -> _Plan:
        """Returns the request for what a brain gave.

        Raises:
            WrongError: something is missing or cannot be right.
        """
        config = self.config
        read_values = self._read(values, context)
        texts = {name: _text(value) for name, value in read_values.items()}
        try:
            url = self._url.expand(texts)
        except TemplateError as error:
            name = next(iter(sorted(self._url.path_names)), "")
            ask = next((a.ask for a in config.arguments if a.name == name), {})
            raise WrongError(name, str(error), worded(ask, context.language)) from None
        headers = dict(self._headers)
        body = b""
        if config.body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(filled_body(config.body, read_values), ensure_ascii=False).encode()
        changes = config.method != "GET" and not config.reads_only
        if changes:
            headers["Idempotency-Key"] = digest(f"{context.call_id} {key}")
        asked = Asked(
            method=config.method,
            url=url,
            headers=headers,
            secret_headers=self._secret_headers,
            body=body,
            changes=changes,
        )
        codes = {argument.name for argument in config.arguments if argument.type == "code"}
        # "AB427" is read out letter by letter.
        said = {n: speakable(" ".join(t) if n in codes else t) for n, t in texts.items()}
        typed = {argument.name for argument in config.arguments if argument.keypad}
        said |= {name: say(context, "keypad_value") for name in typed & texts.keys()}
        return _Plan(asked=asked, said=said)

    def _read(self, values: Mapping[str, Any], context: ToolContext) -> dict[str, Any]:
        """Returns the values; for what was typed in secret the digits themselves.

        Raises:
            WrongError: something is missing or cannot be right.
        """
        typed = {argument.name for argument in self.config.arguments if argument.keypad}
        opened = {name: context.keypad.open(values.get(name)) for name in typed}
        try:
            return read(self.config.arguments, {**values, **opened}, context.language)
        except WrongError as wrong:
            if wrong.result["field"] in typed:
                context.keypad.want()
            raise

    async def result(self, plan: _Plan, context: ToolContext) -> Result:
        """Sends the request and returns what its answer means."""
        try:
            answer = await self._exchange.send(plan.asked)
            content = _content(answer.status, answer.body, answer.content_type)
        except ExchangeError as error:
            return self._failed(error.fault, str(error), context)
        except GarbledError as error:
            return self._failed(Fault.GARBLED, str(error), context)
        found = understood(self.config.answers, answer.status, content, plan.said, context.language)
        if found is None:
            problem = f"no rule fits the answer with status {answer.status}"
            return self._failed(Fault.UNEXPECTED, problem, context)
        return found

    def _failed(self, fault: Fault, problem: str, context: ToolContext) -> Result:
        # What the service said may hold anything, even instructions: it goes into the log alone.
        logger.warning(f"tool {self.config.name!r} failed: {problem}")
        return failed(context, fault, changes=bool(self.config.confirm))


def failed(context: ToolContext, fault: str, *, changes: bool) -> Result:
    """Returns that a tenant's tool does not work at the moment, and what to say.

    Of a request that `changes` something nobody knows whether it was carried out.
    """
    problem = "it may have been done or not" if changes else "it does not work at the moment"
    return {
        "outcome": "failed",
        "reason": str(fault),
        "problem": f"{problem}; say so and offer a message or a person",
        "spoken": say(context, "remote_unsure" if changes else "remote_failed"),
    }


def http_tool(request: HttpRequest) -> Tool | ConfirmedTool:
    """Returns a tenant's request as a tool of the registry."""
    config = request.config
    asks = bool(config.confirm)
    described = {argument.name: schema(argument) for argument in config.arguments}
    required = [argument.name for argument in config.arguments if argument.required]
    own = {
        "name": config.name,
        "description": f"{config.description} Say `spoken` as it is.",
        "arguments": arguments_model(described, required, confirmed=asks),
        "timeout_ms": config.timeout_ms + SPARE_MS,
        # What was done is not done again; what was merely looked up may have changed since.
        "done": frozenset(rule.outcome for rule in config.answers) if asks else frozenset[str](),
    }
    base = _Action if asks else _Question
    kind = cast("type[_Action | _Question]", type(config.name, (base,), own))
    return kind(request)


class _Question(Tool):
    """A request that changes nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    async def run(self, arguments: Arguments, context: ToolContext) -> Result:
        """Returns what the service answers."""
        try:
            plan = self._request.plan(given(arguments), context, self.key(arguments))
        except WrongError as wrong:
            return wrong.result
        return await self._request.result(plan, context)


class _Action(ConfirmedTool):
    """A request that changes something; read back first."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    async def propose(self, arguments: Arguments, context: ToolContext) -> Proposal | Result:
        """Returns the request read back, or what is missing."""
        try:
            plan = self._request.plan(given(arguments), context, self.key(arguments))
        except WrongError as wrong:
            return wrong.result
        question = worded(self._request.config.confirm, context.language)
        return Proposal(spoken=filled(question, plan.said), plan=plan)

    async def carry_out(self, plan: _Plan, context: ToolContext) -> Result:
        """Sends it. The service knows a second time by its `Idempotency-Key`."""
        return await self._request.result(plan, context)


def _content(status: int, body: bytes, content_type: str) -> Any:
    """Returns the JSON; of an answer that says no by its status, anything else is as good."""
    try:
        return parsed(body, content_type)
    except GarbledError:
        if 200 <= status < 300:
            raise
        return None


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
