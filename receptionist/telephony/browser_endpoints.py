"""What pages ask for to call from a browser, on this server or on a site that shows the button."""

import time
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.params import Depends as DependsOn
from pydantic import BaseModel, Field

from receptionist.problems import documented
from receptionist.telephony.browser import BrowserCalls
from receptionist.telephony.ice import CREDENTIALS_S, IceServers, read_candidate
from receptionist.telephony.widget import TOKEN_S, WidgetGate
from receptionist.tenants.config import Language, Model


class Offer(Model):
    """A browser's session description; candidates that are not in it follow by PATCH."""

    type: Literal["offer"]
    sdp: Annotated[str, Field(min_length=1, max_length=60_000)]
    language: Language | None = None


class OfferAnswer(BaseModel):
    """The session description that answers an offer."""

    type: Literal["answer"] = "answer"
    sdp: str
    call_id: str


class Candidate(Model):
    """An address of the browser (`RTCIceCandidateInit`); an empty one says that it was the last."""

    candidate: Annotated[str, Field(max_length=500)] = ""
    sdpMid: Annotated[str, Field(max_length=50)] | None = None
    sdpMLineIndex: Annotated[int, Field(ge=0, le=10)] | None = None
    usernameFragment: Annotated[str, Field(max_length=300)] | None = None


class Candidates(Model):
    """Addresses a browser has found since its offer."""

    candidates: Annotated[list[Candidate], Field(min_length=1, max_length=50)]


class Server(BaseModel):
    """A STUN or TURN server, as `RTCPeerConnection` wants it."""

    urls: list[str]
    username: str = ""
    credential: str = ""


class Servers(BaseModel):
    """Servers that help a browser to reach this one."""

    ice_servers: list[Server]
    expires_s: int = Field(description="Their credentials are good for so many seconds.")


class Token(BaseModel):
    """Lets a page of another site call."""

    token: str
    expires_s: int


def browser_routes(
    calls: Callable[[], BrowserCalls], servers: IceServers, gate: WidgetGate
) -> APIRouter:
    """Returns the routes; `calls` gives the calls of the running application."""
    routes = APIRouter()

    async def admitted(request: Request) -> None:
        headers = request.headers
        gate.admit(
            headers.get("origin", ""), headers.get("host", ""), headers.get("authorization", "")
        )

    may_call = [Depends(admitted)]

    _add_servers(routes, servers, may_call)

    @routes.post("/api/widget/token", responses=documented(403))
    async def token(request: Request) -> Token:
        """Returns a token for the page that asks, if its site may show the call button."""
        return Token(token=gate.token(request.headers.get("origin", "")), expires_s=TOKEN_S)

    _add_calls(routes, calls, may_call)
    return routes


def _add_servers(routes: APIRouter, servers: IceServers, may_call: Sequence[DependsOn]) -> None:
    @routes.get("/api/calls/ice", dependencies=may_call, responses=documented(403))
    async def ice() -> Servers:
        """Returns the STUN and TURN servers a browser may use, with credentials."""
        listed = [
            Server(urls=list(one.urls), username=one.username, credential=one.credential)
            for one in servers.at(time.time())
        ]
        return Servers(ice_servers=listed, expires_s=CREDENTIALS_S)


def _add_calls(
    routes: APIRouter, calls: Callable[[], BrowserCalls], may_call: Sequence[DependsOn]
) -> None:
    @routes.post(
        "/api/calls/offer",
        dependencies=may_call,
        responses=documented(400, 403, 413, 422, 503),
    )
    async def offer(body: Offer) -> OfferAnswer:
        """Answers a browser's WebRTC offer; the call begins when it has connected."""
        answer = await calls().answer(body.sdp, body.language)
        return OfferAnswer(sdp=answer.sdp, call_id=answer.call_id)

    @routes.patch(
        "/api/calls/{call_id}/candidates",
        status_code=204,
        response_class=Response,
        dependencies=may_call,
        responses=documented(403, 404, 413, 422),
    )
    async def trickle(call_id: str, body: Candidates) -> None:
        """Takes addresses a browser has found since its offer."""
        read = [read_candidate(c.candidate, c.sdpMid, c.sdpMLineIndex) for c in body.candidates]
        await calls().trickle(call_id, read)
