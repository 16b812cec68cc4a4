"""An MCP server of the official SDK, as a program (stdio) or on a port (streamable HTTP)."""

import os
from typing import Any

from mcp.server import MCPServer


def server(*, description: str = "Finds a customer by name.") -> MCPServer[Any]:
    """Returns a server with tools that behave and tools that do not."""
    made = MCPServer("crm")

    def find_customer(name: str, limit: int = 5) -> dict[str, Any]:
        if name == "nobody":
            raise ValueError("there is no such customer")
        return {"name": name, "limit": limit, "since": 2019}

    def environment() -> str:
        return " ".join(sorted(os.environ))

    def huge(letters: int) -> str:
        return "x" * letters

    def die() -> str:
        os._exit(3)

    made.add_tool(find_customer, description=description, structured_output=True)
    for tool in (environment, huge, die):
        made.add_tool(tool, description=f"Does {tool.__name__} for a test.")
    return made


if __name__ == "__main__":
    server().run("stdio")
