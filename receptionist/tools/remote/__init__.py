"""Tools a tenant brings along: HTTP requests and tools of MCP servers."""
