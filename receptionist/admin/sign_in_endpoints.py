"""Signing in and out, and redeeming links: what is asked for before anybody is known."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from receptionist.admin.answers import CodeWantedAnswer, SignedInAnswer
from receptionist.admin.cookies import clear_session, session_token, set_session
from receptionist.admin.credentials import Credentials
from receptionist.admin.door import place_of
from receptionist.admin.entrance import Anyone, SignedIn, door_of
from receptionist.admin.inputs import Body, Code, Email, Password, Token
from receptionist.admin.principals import Principal
from receptionist.admin.session_repository import NewSession
from receptionist.admin.sessions import Sessions
from receptionist.admin.sign_in import SignIn, Started
from receptionist.admin.tokens import csrf_of
from receptionist.problems import documented


class PasswordBody(Body):
    """Who wants to sign in."""

    email: Email
    password: Password


class CodeBody(Body):
    """What follows a password that was right."""

    challenge: Token
    code: Code


class LinkBody(Body):
    """A link to redeem.

    The token travels in the body: addresses are written into the logs of whatever stands between.
    """

    token: Token
    password: Password


def sign_in_routes() -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(tags=["sign-in"])
    _add_sign_in(routes)
    _add_the_rest(routes)
    return routes


def _add_sign_in(routes: APIRouter) -> None:
    @routes.post(
        "/sign-in", dependencies=[Depends(Anyone())], responses=documented(401, 403, 422, 429)
    )
    async def sign_in(
        body: PasswordBody, request: Request, response: Response
    ) -> SignedInAnswer | CodeWantedAnswer:
        """Signs somebody in, or asks for a code.

        The answer is the same whether the account exists or not. `429` says when to try again.
        """
        service = SignIn(door_of(request).context)
        found = await service.with_password(
            body.email, body.password.get_secret_value(), place_of(request)
        )
        if isinstance(found, Started):
            return await hand_over(request, response, found.session)
        return CodeWantedAnswer(challenge=found.token, expires_at=found.expires_at)

    @routes.post(
        "/sign-in/code", dependencies=[Depends(Anyone())], responses=documented(401, 403, 422, 429)
    )
    async def code(body: CodeBody, request: Request, response: Response) -> SignedInAnswer:
        """Signs somebody in whose password was right."""
        service = SignIn(door_of(request).context)
        found = await service.with_code(
            body.challenge.get_secret_value(), body.code.get_secret_value(), place_of(request)
        )
        return await hand_over(request, response, found.session)


def _add_the_rest(routes: APIRouter) -> None:
    @routes.post(
        "/sign-out",
        status_code=204,
        response_class=Response,
        responses=documented(401, 403, 429),
    )
    async def sign_out(
        who: Annotated[Principal, Depends(SignedIn())], request: Request, response: Response
    ) -> None:
        """Ends the session of this browser."""
        await Sessions(door_of(request).context).end(who, who.session)
        clear_session(request, response)

    @routes.post(
        "/links",
        status_code=204,
        response_class=Response,
        dependencies=[Depends(Anyone())],
        responses=documented(401, 403, 410, 422, 429),
    )
    async def redeem(body: LinkBody, request: Request) -> None:
        """Uses up the link of an invitation or a reset, and sets the password.

        Whoever is invited and has an account already gives its password. Nobody is signed in by
        this; a link that was refused (401, 422) works once more.
        """
        service = Credentials(door_of(request).context)
        await service.redeem(
            body.token.get_secret_value(), body.password.get_secret_value(), place_of(request)
        )


async def hand_over(request: Request, response: Response, session: NewSession) -> SignedInAnswer:
    """Hands a new session to the browser; the one it had ends."""
    if earlier := session_token(request):
        await Sessions(door_of(request).context).end_token(earlier)
    set_session(request, response, session.token)
    return SignedInAnswer(csrf_token=csrf_of(session.token))
