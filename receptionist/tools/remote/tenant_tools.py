"""The tools of one tenant, opened with the process and closed with it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from providers.secrets import SecretResolver
from receptionist.tools.confirmation import ConfirmedTool
from receptionist.tools.contract import Tool
from receptionist.tools.remote.config import HttpTool, McpServer, TenantTools
from receptionist.tools.remote.exchange import Exchange
from receptionist.tools.remote.guarded_http import MOST_BYTES, GuardedTransport
from receptionist.tools.remote.http_tool import HttpRequest, http_tool
from receptionist.tools.remote.permissions import Permissions
from receptionist.tools.remote.reach import Reach
from receptionist.tools.remote.templates import UrlTemplate

if TYPE_CHECKING:
    from receptionist.tools.remote.mcp_servers import McpServers


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
        self._permissions = Permissions(secret=secret, reach=reach, programs=programs)
        self._transport = GuardedTransport(reach, max_bytes=MOST_BYTES)
        self._http = tuple(self._http_tool(tool) for tool in config.http)
        self._servers = _servers(config.mcp, self._permissions) if config.mcp else None

    async def open(self) -> None:
        """Connects to the MCP servers; one that is down is tried again by itself."""
        if self._servers:
            await self._servers.open()

    async def close(self) -> None:
        """Ends all connections and stops the programs that were started."""
        if self._servers:
            await self._servers.close()
        await self._transport.aclose()

    def offered(self) -> tuple[Tool | ConfirmedTool, ...]:
        """Returns the tools that are known now."""
        return (*self._http, *(self._servers.offered() if self._servers else ()))

    def _http_tool(self, tool: HttpTool) -> Tool | ConfirmedTool:
        names = UrlTemplate.parse(tool.url).names
        url = UrlTemplate.parse(tool.url).expand(dict.fromkeys(names, "a"))
        self._permissions.check(tool.name, url)
        exchange = Exchange(
            self._transport, timeout_ms=tool.timeout_ms, max_bytes=tool.max_kb * 1024
        )
        return http_tool(HttpRequest(tool, exchange, self._permissions.secrets(tool)))


def _servers(config: Sequence[McpServer], permissions: Permissions) -> "McpServers":
    # Here: `mcp` takes 16 MB and 0.5 s of every start, and most tenants have no such server.
    from receptionist.tools.remote.mcp_servers import McpServers

    return McpServers(config, permissions)
