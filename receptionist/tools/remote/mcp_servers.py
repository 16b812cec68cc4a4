"""The MCP servers of one tenant. Loaded by tenants that have some: `mcp` is 16 MB and 0.5 s."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from receptionist.tools.confirmation import ConfirmedTool
from receptionist.tools.contract import Tool
from receptionist.tools.remote.config import McpServer
from receptionist.tools.remote.guarded_http import HEADERS, MOST_BYTES, GuardedTransport
from receptionist.tools.remote.mcp_connection import McpConnection
from receptionist.tools.remote.mcp_tool import mcp_tool
from receptionist.tools.remote.permissions import Permissions
from receptionist.tools.remote.templates import UrlTemplate, filled

_STREAM_WAIT_S = 120.0
"""For the next event of a stream that stays open."""


class McpServers:
    """Keeps the sessions with them.

    Args:
        servers: As they are written.
        permissions: What they may reach.

    Raises:
        ProviderError: a secret is missing.
        ConfigurationError: a host or program is not allowed.
    """

    def __init__(self, servers: Sequence[McpServer], permissions: Permissions) -> None:
        self._permissions = permissions
        self._served = tuple((server, self._connection(server)) for server in servers)

    async def open(self) -> None:
        """Connects to all; one that is down is tried again by itself."""
        await asyncio.gather(*(connection.start() for _, connection in self._served))

    async def close(self) -> None:
        """Ends all connections and stops the programs that were started."""
        await asyncio.gather(*(connection.close() for _, connection in self._served))

    def offered(self) -> tuple[Tool | ConfirmedTool, ...]:
        """Returns the tools that are known now."""
        return tuple(
            mcp_tool(server, use, offer, connection)
            for server, connection in self._served
            for use in server.tools
            if (offer := connection.offers.get(use.name))
        )

    def _connection(self, server: McpServer) -> McpConnection:
        if server.url:
            url = UrlTemplate.parse(server.url).expand({})
            self._permissions.check(server.name, url)
            secrets = self._permissions.secrets(server)
            headers = {name: filled(text, secrets) for name, text in server.headers.items()}
            return McpConnection(server, lambda: self._over_http(str(url), headers))
        program = self._permissions.program(server)
        parameters = StdioServerParameters(command=program[0], args=list(program[1:]))
        return McpConnection(server, lambda: stdio_client(parameters))

    @asynccontextmanager
    async def _over_http(self, url: str, headers: Mapping[str, str]) -> AsyncGenerator[Any]:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(
                httpx2.AsyncClient(
                    transport=GuardedTransport(self._permissions.reach, max_bytes=MOST_BYTES),
                    headers={**HEADERS, **headers},
                    timeout=httpx2.Timeout(10.0, read=_STREAM_WAIT_S),
                    trust_env=False,
                )
            )
            yield await stack.enter_async_context(streamable_http_client(url, http_client=client))
