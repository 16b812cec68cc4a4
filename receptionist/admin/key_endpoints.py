"""Managing keys over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from receptionist.admin.answers import KeysAnswer, NewKeyAnswer
from receptionist.admin.entrance import door_of, permitted
from receptionist.admin.inputs import Body, OneLine
from receptionist.admin.keys import LONGEST_DAYS, Keys
from receptionist.admin.me_endpoints import Id
from receptionist.admin.permissions import Permission
from receptionist.admin.principals import Principal
from receptionist.admin.records import KeyRecord, Scope
from receptionist.problems import documented

Reader = Annotated[Principal, Depends(permitted(Permission.KEY_READ))]
Admin = Annotated[Principal, Depends(permitted(Permission.KEY_MANAGE))]


class KeyBody(Body):
    """A key to make."""

    name: OneLine = Field(description="What it is for.", examples=["CRM import"])
    scope: Scope = Field(examples=["acme"])
    permissions: Annotated[
        list[Permission], Field(min_length=1, max_length=50, examples=[["call:read"]])
    ]
    days: Annotated[
        int, Field(ge=1, le=LONGEST_DAYS, description="It ends after so many days.")
    ] = 90


def key_routes() -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(prefix="/keys", tags=["keys"])

    @routes.get("", responses=documented(401, 403, 429))
    async def keys(who: Reader, request: Request) -> KeysAnswer:
        """Lists keys, without their secrets."""
        return KeysAnswer(keys=list(await Keys(door_of(request).context).all(who)))

    @routes.post("", status_code=201, responses=documented(401, 403, 404, 422, 429))
    async def make(body: KeyBody, who: Admin, request: Request) -> NewKeyAnswer:
        """Makes a key for a program; it is shown once."""
        made = await Keys(door_of(request).context).make(
            who, body.name, body.scope, set(body.permissions), body.days
        )
        return NewKeyAnswer(key=made.record, shown=made.shown)

    @routes.delete("/{key_id}", responses=documented(401, 403, 404, 422, 429))
    async def revoke(key_id: Id, who: Admin, request: Request) -> KeyRecord:
        """Ends a key, at once."""
        return await Keys(door_of(request).context).revoke(who, key_id)

    return routes
