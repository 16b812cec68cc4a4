"""What everybody may do about himself."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.params import Path

from receptionist.admin.answers import (
    MeAnswer,
    RecoveryCodesAnswer,
    RoleAnswer,
    RolesAnswer,
    SecretAnswer,
    SessionsAnswer,
    SignedInAnswer,
)
from receptionist.admin.cookies import clear_session, session_token
from receptionist.admin.credentials import Credentials
from receptionist.admin.door import place_of
from receptionist.admin.entrance import SignedIn, door_of
from receptionist.admin.inputs import Body, Code, Password
from receptionist.admin.permissions import INSTALLATION, Role, granted
from receptionist.admin.principals import Principal
from receptionist.admin.second_factor import SecondFactor
from receptionist.admin.sessions import Sessions
from receptionist.admin.sign_in import SignIn
from receptionist.admin.sign_in_endpoints import hand_over
from receptionist.admin.tokens import csrf_of
from receptionist.problems import documented

Person = Annotated[Principal, Depends(SignedIn())]
Known = Annotated[Principal, Depends(SignedIn(programs=True))]
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{16,32}$")]


class NewPasswordBody(Body):
    """A password, and the one before."""

    current: Password
    new: Password


class AgainBody(Body):
    """The password, once more: whoever finds an open browser does not know it."""

    password: Password


async def _again(body: AgainBody, who: Person, request: Request) -> Principal:
    """Returns who asks, once he has shown his password again."""
    service = SignIn(door_of(request).context)
    await service.check_again(who.id, body.password.get_secret_value(), place_of(request))
    return who


Sure = Annotated[Principal, Depends(_again)]


class FirstCodeBody(Body):
    """The first code of an authenticator."""

    code: Code


def me_routes() -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(tags=["me"])
    _add_me(routes)
    _add_second_factor(routes)
    _add_sessions(routes)
    return routes


def _add_me(routes: APIRouter) -> None:
    @routes.get("/me", responses=documented(401, 429))
    async def me(who: Known, request: Request) -> MeAnswer:
        """Says who asks and what he may do."""
        on = {scope: sorted(allowed) for scope, allowed in sorted(who.on.items())}
        kind = "key" if who.kind == "key" else "user"
        token = csrf_of(session_token(request)) if kind == "user" else ""
        return MeAnswer(kind=kind, id=who.id, name=who.name, permissions=on, csrf_token=token)

    @routes.put("/me/password", responses=documented(401, 403, 422, 429))
    async def password(
        body: NewPasswordBody, who: Person, request: Request, response: Response
    ) -> SignedInAnswer:
        """Changes the password; every session ends, and this browser gets a new one."""
        session = await Credentials(door_of(request).context).change(
            who,
            body.current.get_secret_value(),
            body.new.get_secret_value(),
            place_of(request),
        )
        return await hand_over(request, response, session)

    @routes.get("/roles", responses=documented(401, 429))
    async def roles(who: Known) -> RolesAnswer:
        """Returns what each role allows."""
        del who
        return RolesAnswer(
            roles=[
                RoleAnswer(
                    role=role,
                    permissions=sorted(granted(role, INSTALLATION)),
                    on_customers=sorted(granted(role, "")),
                )
                for role in Role
            ]
        )


def _add_second_factor(routes: APIRouter) -> None:
    faults = documented(401, 403, 409, 422, 429)

    @routes.post("/me/second-factor", responses=faults)
    async def prepare(who: Sure, request: Request) -> SecretAnswer:
        """Returns a secret for an authenticator; it counts once a code of it came back."""
        found = await SecondFactor(door_of(request).context).prepare(who)
        return SecretAnswer(secret=found.secret, address=found.address)

    @routes.put("/me/second-factor", responses=faults)
    async def confirm(body: FirstCodeBody, who: Person, request: Request) -> RecoveryCodesAnswer:
        """Makes the second factor count; other sessions end."""
        service = SecondFactor(door_of(request).context)
        codes = await service.confirm(who, body.code.get_secret_value())
        return RecoveryCodesAnswer(codes=list(codes))

    @routes.post("/me/second-factor/codes", responses=faults)
    async def codes(who: Sure, request: Request) -> RecoveryCodesAnswer:
        """Returns new recovery codes; those before do not work any more."""
        found = await SecondFactor(door_of(request).context).renew_recovery_codes(who)
        return RecoveryCodesAnswer(codes=list(found))

    @routes.post(
        "/me/second-factor/removal", status_code=204, response_class=Response, responses=faults
    )
    async def remove(who: Sure, request: Request) -> None:
        """Takes the second factor away."""
        await SecondFactor(door_of(request).context).remove(who)


def _add_sessions(routes: APIRouter) -> None:
    @routes.get("/me/sessions", responses=documented(401, 403, 429))
    async def sessions(who: Person, request: Request) -> SessionsAnswer:
        """Lists the browsers one is signed in with."""
        return SessionsAnswer(sessions=list(await Sessions(door_of(request).context).all(who)))

    @routes.delete(
        "/me/sessions",
        status_code=204,
        response_class=Response,
        responses=documented(401, 403, 429),
    )
    async def end_all(who: Person, request: Request, response: Response) -> None:
        """Signs one out everywhere, here too."""
        await Sessions(door_of(request).context).end_all(who)
        clear_session(request, response)

    @routes.delete(
        "/me/sessions/{session_id}",
        status_code=204,
        response_class=Response,
        responses=documented(401, 403, 404, 422, 429),
    )
    async def end(session_id: Id, who: Person, request: Request) -> None:
        """Signs one out in one browser."""
        await Sessions(door_of(request).context).end(who, session_id)
