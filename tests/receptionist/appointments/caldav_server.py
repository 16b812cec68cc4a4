"""A small CalDAV server on loopback: one calendar, its events in memory.

It knows what the product asks of a server: REPORT (all events: the client filters), PUT
with `If-None-Match`, and DELETE.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from xml.sax.saxutils import escape

from aiohttp import web

_MULTISTATUS = (
    '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" '
    'xmlns:c="urn:ietf:params:xml:ns:caldav">{}</d:multistatus>'
)
_EVENT = (
    "<d:response><d:href>{href}</d:href><d:propstat><d:prop><d:getetag>1</d:getetag>"
    "<c:calendar-data>{data}</c:calendar-data></d:prop>"
    "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
)


class CalDavServer:
    """The server.

    Attributes:
        events: Address to iCalendar text.
        fails: Status answered to everything, when it is to be out of order.
        refuses_new: Status answered to new events, when only those are.
        seen: Methods asked for, in order.
    """

    def __init__(self) -> None:
        self.events: dict[str, str] = {}
        self.fails = 0
        self.refuses_new = 0
        self.seen: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Answers a request."""
        self.seen.append(request.method)
        if self.fails:
            return web.Response(status=self.fails)
        match request.method:
            case "PUT":
                return await self._put(request)
            case "DELETE":
                found = self.events.pop(request.path, None)
                return web.Response(status=204 if found else 404)
            case _:
                responses = [
                    _EVENT.format(href=href, data=escape(data))
                    for href, data in self.events.items()
                ]
                body = _MULTISTATUS.format("".join(responses))
                return web.Response(status=207, text=body, content_type="application/xml")

    async def _put(self, request: web.Request) -> web.Response:
        if self.refuses_new:
            return web.Response(status=self.refuses_new)
        if request.path in self.events and request.headers.get("If-None-Match") == "*":
            return web.Response(status=412)
        self.events[request.path] = await request.text()
        return web.Response(status=201)


@asynccontextmanager
async def serving() -> AsyncGenerator[CalDavServer]:
    """Runs a server on a free port of loopback."""
    server = CalDavServer()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"http://127.0.0.1:{port}/ann/visits/"
    try:
        yield server
    finally:
        await runner.cleanup()
