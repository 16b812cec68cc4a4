"""Calls over the WebSockets of telephone carriers."""
