"""What the operator lets the tools of a tenant reach, start and know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx2

from providers.secrets import SecretResolver
from receptionist.errors import ConfigurationError
from receptionist.tools.remote.config import HttpTool, McpServer
from receptionist.tools.remote.reach import Reach, RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """Looks up what a tool asks for, and refuses what it may not have.

    Attributes:
        secret: Looks a secret up.
        reach: Which hosts may be reached.
        programs: What the operator lets be started, by the name tenants call it.
    """

    secret: SecretResolver
    reach: Reach
    programs: Mapping[str, Sequence[str]]

    def check(self, name: str, url: httpx2.URL) -> None:
        """Refuses a host that may not be reached.

        Raises:
            ConfigurationError: it is one.
        """
        try:
            self.reach.check(url)
        except RefusedError as error:
            raise ConfigurationError(
                f"Tool {name!r}: {error}. The operator may list hosts of the own network in "
                "RECEPTIONIST_TOOL_HOSTS."
            ) from error

    def secrets(self, tool: HttpTool | McpServer) -> dict[str, str]:
        """Returns the secrets of a tool by the name they have in its headers.

        Raises:
            ProviderError: one is missing.
            ConfigurationError: one cannot stand in a header.
        """
        found = {name: self.secret(tool.name, where) for name, where in tool.secrets.items()}
        for name, value in found.items():
            if not value.isascii() or not value.isprintable():
                raise ConfigurationError(f"Tool {tool.name!r}: the secret {name!r} is no header.")
        return found

    def program(self, server: McpServer) -> Sequence[str]:
        """Returns the program of a server, with its arguments.

        Raises:
            ConfigurationError: the operator lists none by this name.
        """
        program = self.programs.get(server.command)
        if not program:
            known = ", ".join(sorted(self.programs)) or "none"
            raise ConfigurationError(
                f"MCP server {server.name!r}: there is no program {server.command!r}; known: "
                f"{known}. The operator lists programs in RECEPTIONIST_MCP_COMMANDS."
            )
        return program
