"""What an operation says about who may ask for it; every one below /api/v1 says something."""

from dataclasses import dataclass

from fastapi import Request, Response

from receptionist.admin.door import Door
from receptionist.admin.errors import ForbiddenError
from receptionist.admin.permissions import INSTALLATION, Permission
from receptionist.admin.principals import Principal
from receptionist.errors import NotFoundError


def door_of(request: Request) -> Door:
    """Returns the door of the application that serves a request."""
    door: Door = request.app.state.door
    return door


def _keep_private(response: Response) -> None:
    """Keeps an answer out of every cache (RFC 9111, 5.2.2.5)."""
    response.headers["Cache-Control"] = "no-store"


@dataclass(frozen=True, slots=True)
class Permitted:
    """Lets in whoever has a permission where the address leads to; see `permitted`."""

    permission: Permission

    async def __call__(self, request: Request, response: Response) -> Principal:
        """Returns who asks.

        Raises:
            NotSignedInError: nobody is known.
            NotFoundError: he may not know that the customer or tenant exists.
            ForbiddenError: he may not do this.
        """
        door = door_of(request)
        who = await door.known(request)
        _keep_private(response)
        allowed = who.anywhere(self.permission)
        if (where := await _place(request, door)) is not None:
            if not who.sees(where.scope):
                raise NotFoundError(f"There is no {where.kind} {where.name!r}.")
            allowed = who.may(self.permission, where.scope)
        if not allowed:
            raise ForbiddenError(f"You may not do this: it takes {self.permission.value}.")
        return who


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Lets in whoever is known, for what is his own; programs only where `programs` is set."""

    programs: bool = False

    async def __call__(self, request: Request, response: Response) -> Principal:
        """Returns who asks.

        Raises:
            NotSignedInError: nobody is known.
            ForbiddenError: a program asks.
        """
        who = await door_of(request).known(request)
        _keep_private(response)
        if who.kind == "key" and not self.programs:
            raise ForbiddenError("This is for people; a key cannot do it.")
        return who


@dataclass(frozen=True, slots=True)
class Anyone:
    """Lets everybody in, not too often and from no page of another site."""

    async def __call__(self, request: Request, response: Response) -> None:
        """Lets him in.

        Raises:
            TooOftenError: he asks too often.
            CsrfError: a page of another site asks.
        """
        door_of(request).stranger(request)
        _keep_private(response)


def permitted(permission: Permission) -> Permitted:
    """Returns the dependency of an operation that takes `permission`.

    The scope it is needed on is that of `customer` or `tenant` in the address of the operation.
    Where neither is, somebody who has it anywhere is let in, and the operation looks at what is
    his alone: `principal.may(permission, scope)`.
    """
    return Permitted(permission)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where an address leads to."""

    kind: str
    name: str
    scope: str


async def _place(request: Request, door: Door) -> _Place | None:
    found = request.path_params
    if "customer" in found:
        return _Place(kind="customer", name=found["customer"], scope=found["customer"])
    if "tenant" in found:
        # A folder that answers here, as it did before there were customers, is the provider's.
        owner = await door.context.customers.of_tenant(found["tenant"])
        return _Place(kind="tenant", name=found["tenant"], scope=owner or INSTALLATION)
    return None
