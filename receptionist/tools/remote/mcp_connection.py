"""A session with an MCP server: one per process, kept alive, its tools known by their hash."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

from loguru import logger
from mcp import Client, MCPError
from mcp.client import Transport
from mcp.types import (
    CONNECTION_CLOSED,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    Tool,
)

from receptionist.tools.remote.config import McpServer
from receptionist.tools.remote.mcp_schema import SchemaError, flattened

CONNECT_S = 5.0
"""For a program to start, or a server to answer, and to say what tools it has."""
_REFRESH_S = 60.0
"""Between two looks at its tools, which also find out that it has gone."""
_BACKOFF_S: Sequence[float] = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
_RECONNECTED_S = 1.0
"""A caller waits this long for a server that is being started again."""
_PAGES_MOST = 5
_DESCRIPTION_LETTERS = 1000


class DownError(Exception):
    """A server cannot be asked at the moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McpOffer:
    """A tool as its server describes it.

    Attributes:
        properties: JSON Schema of each argument, without references.
        required: Names of those it cannot do without.
        sha256: Hash of description and schema.
    """

    name: str
    description: str
    properties: Mapping[str, Mapping[str, Any]]
    required: tuple[str, ...]
    sha256: str


class McpConnection:
    """Keeps a session with a server.

    Args:
        config: Which of its tools may be used.
        connect: Opens a way to the server.
        refresh_s: Time between two looks at its tools.
        backoff_s: Waits before it is tried again; the last one is kept to.

    Attributes:
        offers: The tools that may be used, by name, as they were first described.
    """

    def __init__(
        self,
        config: McpServer,
        connect: Callable[[], Transport],
        *,
        refresh_s: float = _REFRESH_S,
        backoff_s: Sequence[float] = _BACKOFF_S,
    ) -> None:
        self.offers: dict[str, McpOffer] = {}
        self._config = config
        self._connect = connect
        self._refresh_s = refresh_s
        self._backoff_s = backoff_s
        self._pins = {use.name: use.sha256 for use in config.tools if use.sha256}
        self._changed: frozenset[str] = frozenset()
        self._client: Client | None = None
        self._broken = asyncio.Event()
        self._tried = asyncio.Event()
        self._connected = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connects, and returns when that has worked or failed; it is tried again by itself."""
        self._task = asyncio.create_task(self._keep(), name=f"mcp {self._config.name}")
        await self._tried.wait()

    async def close(self) -> None:
        """Ends the session; a program that was started is stopped."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def connected(self) -> None:
        """Waits until there is a session."""
        await self._connected.wait()

    async def call(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """Uses a tool.

        Raises:
            DownError: the server or the tool cannot be used at the moment.
            MCPError: the server refuses.
        """
        client = await self._session()
        if name in self._changed:
            raise DownError(f"{name!r} is not what it was when the tenant was published")
        # Not `call_tool`, which holds results against the server's own patterns: a regular
        # expression of a stranger can stop the process.
        request = CallToolRequest(
            params=CallToolRequestParams(name=name, arguments=dict(arguments))
        )
        try:
            async with asyncio.timeout(self._config.timeout_ms / 1000):
                return await client.session.send_request(request, CallToolResult)
        except TimeoutError as error:
            raise DownError(f"no answer within {self._config.timeout_ms} ms") from error
        except MCPError as error:
            if error.code != CONNECTION_CLOSED:
                raise
            self._lost()
            raise DownError("the connection was closed") from error
        except Exception as error:
            self._lost()
            raise DownError(repr(error)) from error

    async def _session(self) -> Client:
        """Returns the session; one that was just lost is waited for a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_RECONNECTED_S):
                await self.connected()
        if self._client is None:
            raise DownError("there is no connection")
        return self._client

    def _lost(self) -> None:
        self._client = None
        self._connected.clear()
        self._broken.set()

    async def _keep(self) -> None:
        tries = 0
        while True:
            try:
                async with AsyncExitStack() as stack:
                    async with asyncio.timeout(CONNECT_S):
                        client = await stack.enter_async_context(Client(self._connect()))
                        await self._learn(client)
                    tries = 0
                    self._ready(client)
                    await self._until_broken(client)
            except Exception as error:
                logger.warning(f"the MCP server {self._config.name!r} cannot be used: {error!r}")
            finally:
                self._client = None
                self._connected.clear()
                self._broken.clear()
                self._tried.set()
            await asyncio.sleep(self._backoff_s[min(tries, len(self._backoff_s) - 1)])
            tries += 1

    def _ready(self, client: Client) -> None:
        self._client = client
        self._connected.set()
        self._tried.set()

    async def _until_broken(self, client: Client) -> None:
        while True:
            try:
                async with asyncio.timeout(self._refresh_s):
                    await self._broken.wait()
                    return
            except TimeoutError:
                async with asyncio.timeout(CONNECT_S):
                    await self._learn(client)

    async def _learn(self, client: Client) -> None:
        """Notes the tools that may be used; one that is not what it was is not used."""
        listed = {tool.name: tool for tool in await _listed(client)}
        changed: set[str] = set()
        for use in self._config.tools:
            tool = listed.get(use.name)
            if tool is None:
                logger.error(f"the MCP server {self._config.name!r} has no tool {use.name!r}")
                continue
            sha256 = fingerprint(tool)
            if self._pins.setdefault(use.name, sha256) != sha256:
                changed.add(use.name)
                if use.name not in self._changed:
                    logger.error(
                        f"the tool {use.name!r} of the MCP server {self._config.name!r} has changed"
                        f" ({sha256}); it is not used until the tenant is published again"
                    )
            elif use.name not in self.offers and (offer := self._offer(tool, sha256)):
                self.offers[use.name] = offer
                logger.info(f"{self._config.name}: tool {use.name!r} has the sha256 {sha256}")
        self._changed = frozenset(changed)

    def _offer(self, tool: Tool, sha256: str) -> McpOffer | None:
        try:
            properties, required = flattened(tool.input_schema)
        except SchemaError as error:
            logger.error(f"{self._config.name}: tool {tool.name!r} cannot be used: {error}")
            return None
        return McpOffer(
            name=tool.name,
            description=_plain(tool.description or tool.name),
            properties=properties,
            required=required,
            sha256=sha256,
        )


def fingerprint(tool: Tool) -> str:
    """Returns the hash of all that a language model is told of a tool."""
    told = json.dumps([tool.description, tool.input_schema], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


async def _listed(client: Client) -> list[Tool]:
    tools: list[Tool] = []
    cursor: str | None = None
    for _ in range(_PAGES_MOST):
        page = await client.list_tools(cursor=cursor, cache_mode="bypass")
        tools += page.tools
        cursor = page.next_cursor
        if not cursor:
            break
    return tools


def _plain(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:_DESCRIPTION_LETTERS]
