"""Managing people over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import Field

from receptionist.admin.answers import Grants, InvitedAnswer, LinkAnswer, UsersAnswer
from receptionist.admin.entrance import door_of, permitted
from receptionist.admin.errors import PreconditionRequiredError
from receptionist.admin.inputs import Body, Email, OneLine
from receptionist.admin.link_repository import NewLink
from receptionist.admin.me_endpoints import Id
from receptionist.admin.permissions import Permission
from receptionist.admin.principals import Principal
from receptionist.admin.records import UserRecord
from receptionist.admin.users import Users
from receptionist.problems import documented

Reader = Annotated[Principal, Depends(permitted(Permission.USER_READ))]
Admin = Annotated[Principal, Depends(permitted(Permission.USER_MANAGE))]


def _etag(
    if_match: Annotated[
        str | None,
        Header(
            max_length=100,
            description="The `ETag` of what the change was made on.",
            examples=['"5b0f9c1d2e3a4b5c6d7e8f9011223344"'],
        ),
    ] = None,
) -> str:
    if if_match is None:
        raise PreconditionRequiredError("Name in If-Match what the change was made on.")
    return if_match


Etag = Annotated[str, Depends(_etag)]
_CHANGES = documented(401, 403, 404, 409, 412, 422, 428, 429)


class InvitationBody(Body):
    """Whom to invite, and to what."""

    email: Email
    name: OneLine = Field(examples=["Anna Bianchi"])
    roles: Annotated[Grants, Field(min_length=1)]


class RolesBody(Body):
    """The roles somebody is to have, of those that whoever asks may see."""

    roles: Grants


class DisabledBody(Body):
    """Whether somebody is kept out."""

    disabled: bool


class ResetBody(Body):
    """How much is reset."""

    second_factor: bool = Field(
        default=False, description="Take the second factor away too: the telephone is lost."
    )


def user_routes() -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(prefix="/users", tags=["users"])
    _add_reading(routes)
    _add_changing(routes)
    _add_credentials(routes)
    return routes


def _add_reading(routes: APIRouter) -> None:
    @routes.get("", responses=documented(401, 403, 429))
    async def users(who: Reader, request: Request) -> UsersAnswer:
        """Lists everybody who has a role where one may look, by address."""
        return UsersAnswer(users=list(await Users(door_of(request).context).all(who)))

    @routes.get("/{user_id}", responses=documented(401, 403, 404, 422, 429))
    async def user(user_id: Id, who: Reader, request: Request, response: Response) -> UserRecord:
        """Returns somebody; the header `ETag` names what changes are made on."""
        found = await Users(door_of(request).context).one(who, user_id)
        response.headers["ETag"] = found.etag
        return found


def _add_changing(routes: APIRouter) -> None:
    @routes.post("", status_code=201, responses=documented(401, 403, 404, 409, 422, 429))
    async def invite(body: InvitationBody, who: Admin, request: Request) -> InvitedAnswer:
        """Invites somebody, and returns the link to hand to him.

        The answer is the same whether he has an account here already or not.
        """
        found = await Users(door_of(request).context).invite(who, body.email, body.name, body.roles)
        return InvitedAnswer(user=found.user, link=_answer(found.link))

    @routes.put("/{user_id}/roles", responses=_CHANGES)
    async def roles(
        user_id: Id,
        body: RolesBody,
        who: Admin,
        etag: Etag,
        request: Request,
        response: Response,
    ) -> UserRecord:
        """Gives somebody these roles and takes others; those elsewhere stay as they are."""
        users = Users(door_of(request).context)
        found = await users.set_roles(who, user_id, body.roles, etag)
        response.headers["ETag"] = found.etag
        return found

    @routes.put("/{user_id}/disabled", responses=_CHANGES)
    async def disable(
        user_id: Id,
        body: DisabledBody,
        who: Admin,
        etag: Etag,
        request: Request,
        response: Response,
    ) -> UserRecord:
        """Keeps somebody out, at once and everywhere, or lets him in again."""
        users = Users(door_of(request).context)
        found = await users.set_disabled(who, user_id, body.disabled, etag)
        response.headers["ETag"] = found.etag
        return found


def _add_credentials(routes: APIRouter) -> None:
    @routes.post("/{user_id}/reset", responses=documented(401, 403, 404, 409, 422, 429))
    async def reset(user_id: Id, body: ResetBody, who: Admin, request: Request) -> LinkAnswer:
        """Returns a link with which somebody sets a new password."""
        users = Users(door_of(request).context)
        return _answer(await users.reset(who, user_id, second_factor=body.second_factor))

    @routes.delete(
        "/{user_id}/sessions",
        status_code=204,
        response_class=Response,
        responses=documented(401, 403, 404, 422, 429),
    )
    async def end_sessions(user_id: Id, who: Admin, request: Request) -> None:
        """Signs somebody out everywhere."""
        await Users(door_of(request).context).end_sessions(who, user_id)


def _answer(link: NewLink) -> LinkAnswer:
    return LinkAnswer(token=link.token, expires_at=link.expires_at)
