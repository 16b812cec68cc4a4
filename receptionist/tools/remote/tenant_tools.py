"""The tools of one tenant, opened with the process and closed with it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from providers.secrets import SecretResolver
from receptionist.errors import ConfigurationError
from receptionist.tools.confirmation import ConfirmedTool
from receptionist.tools.contract import Tool
from receptionist.tools.remote.config import HttpTool, McpServer, TenantTools
from receptionist.tools.remote.exchange import Exchange
from receptionist.tools.remote.guarded_http import HEADERS, GuardedTransport
from receptionist.tools.remote.http_tool import HttpRequest, http_tool
from receptionist.tools.remote.mcp_connection import McpConnection
from receptionist.tools.remote.mcp_tool import mcp_tool
from receptionist.tools.remote.reach import Reach, RefusedError
from receptionist.tools.remote.templates import UrlTemplate, filled

_MOST_BYTES = 1 << 20
"""Of any answer; each tool sets its own limit below."""
_STREAM_WAIT_S = 120.0
"""For the next event of a stream that stays open."""


class RemoteTools:
    """What a tenant brings along, beside the tools of the product.

    Args:
        config: As it is written.
        secret: Looks a secret up.
        reach: Which hosts may be reached.
        programs: What the operator lets be started, by the name tenants call it.

    Raises:
        ProviderError: a secret is missing.
        ConfigurationError: a host or program is not allowed.
    """

    def __init__(
        self,
        config: TenantTools,
        secret: SecretResolver,
        reach: Reach,
        programs: Mapping[str, Sequence[str]],
    ) -> None:
        self._config = config
        self._secret = secret
        self._reach = reach
        self._programs = programs
        self._transport = GuardedTransport(reach, max_bytes=_MOST_BYTES)
        self._http = tuple(self._http_tool(tool) for tool in config.http)
        self._connections = tuple(self._connection(server) for server in config.mcp)

    async def open(self) -> None:
        """Connects to the MCP servers; one that is down is tried again by itself."""
        await asyncio.gather(*(connection.start() for connection in self._connections))

    async def close(self) -> None:
        """Ends all connections and stops the programs that were started."""
        await asyncio.gather(*(connection.close() for connection in self._connections))
        await self._transport.aclose()

    def offered(self) -> tuple[Tool | ConfirmedTool, ...]:
        """Returns the tools that are known now."""
        served = zip(self._config.mcp, self._connections, strict=True)
        known = (
            mcp_tool(server, use, offer, connection)
            for server, connection in served
            for use in server.tools
            if (offer := connection.offers.get(use.name))
        )
        return (*self._http, *known)

    def _http_tool(self, tool: HttpTool) -> Tool | ConfirmedTool:
        names = UrlTemplate.parse(tool.url).names
        self._check(tool.name, UrlTemplate.parse(tool.url).expand(dict.fromkeys(names, "a")))
        exchange = Exchange(
            self._transport, timeout_ms=tool.timeout_ms, max_bytes=tool.max_kb * 1024
        )
        return http_tool(HttpRequest(tool, exchange, self._secrets(tool)))

    def _connection(self, server: McpServer) -> McpConnection:
        if server.url:
            url = UrlTemplate.parse(server.url).expand({})
            self._check(server.name, url)
            secrets = self._secrets(server)
            headers = {name: filled(text, secrets) for name, text in server.headers.items()}
            return McpConnection(server, lambda: self._over_http(str(url), headers))
        program = self._programs.get(server.command)
        if not program:
            known = ", ".join(sorted(self._programs)) or "none"
            raise ConfigurationError(
                f"MCP server {server.name!r}: there is no program {server.command!r}; known: "
                f"{known}. The operator lists programs in RECEPTIONIST_MCP_COMMANDS."
            )
        parameters = StdioServerParameters(command=program[0], args=list(program[1:]))
        return McpConnection(server, lambda: stdio_client(parameters))

    def _check(self, name: str, url: httpx2.URL) -> None:
        try:
            self._reach.check(url)
        except RefusedError as error:
            raise ConfigurationError(
                f"Tool {name!r}: {error}. The operator may list hosts of the own network in "
                "RECEPTIONIST_TOOL_HOSTS."
            ) from error

    def _secrets(self, tool: HttpTool | McpServer) -> dict[str, str]:
        found = {name: self._secret(tool.name, where) for name, where in tool.secrets.items()}
        for name, value in found.items():
            if not value.isascii() or not value.isprintable():
                raise ConfigurationError(f"Tool {tool.name!r}: the secret {name!r} is no header.")
        return found

    @asynccontextmanager
    async def _over_http(self, url: str, headers: Mapping[str, str]) -> AsyncGenerator[Any]:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(
                httpx2.AsyncClient(
                    transport=GuardedTransport(self._reach, max_bytes=_MOST_BYTES),
                    headers={**HEADERS, **headers},
                    timeout=httpx2.Timeout(10.0, read=_STREAM_WAIT_S),
                    trust_env=False,
                )
            )
            yield await stack.enter_async_context(streamable_http_client(url, http_client=client))
