"""How far whoever manages people may go: nobody gives, takes or reaches more than he has."""

from collections.abc import Collection, Iterable

from receptionist.admin.account_repository import Membership
from receptionist.admin.context import Customers
from receptionist.admin.errors import ForbiddenError
from receptionist.admin.models import AccountRow
from receptionist.admin.permissions import INSTALLATION, Permission, granted
from receptionist.admin.principals import Principal
from receptionist.admin.records import Grant, UserRecord
from receptionist.errors import NotFoundError


def record_of(
    account: AccountRow, memberships: Collection[Membership], who: Principal
) -> UserRecord | None:
    """Returns a person as `who` may see him; None when he may not.

    Whether somebody has an account already, because of another customer, is nothing an invitation
    tells: until it is taken up there is an address and nothing else.
    """
    seen = [one for one in memberships if who.may(Permission.USER_READ, one.grant.scope)]
    if not seen and not who.may(Permission.USER_READ, INSTALLATION):
        return None
    invited = account.password_hash is None or (
        bool(seen) and all(one.invitation is not None for one in seen)
    )
    known = account.password_hash is None or not invited
    disabled = account.disabled_at is not None and known
    return UserRecord(
        id=account.id,
        email=account.email,
        name="" if invited else account.name,
        state="disabled" if disabled else "invited" if invited else "active",
        second_factor=account.totp_since is not None and not invited,
        roles=tuple(one.grant for one in seen),
    )


async def check_scopes(who: Principal, scopes: Iterable[str], customers: Customers) -> None:
    """Refuses scopes that do not exist, or of which `who` may not even know that they do.

    Raises:
        NotFoundError: one is such.
    """
    for scope in set(scopes):
        if scope != INSTALLATION and (not who.sees(scope) or await customers.name(scope) is None):
            raise NotFoundError(f"There is no customer {scope!r}.")


def check_grants(who: Principal, grants: Iterable[Grant]) -> None:
    """Refuses to let `who` give or take a role that allows more than he may do himself.

    Raises:
        ForbiddenError: one of them is such.
    """
    for grant in grants:
        own = who.permissions(grant.scope)
        if Permission.USER_MANAGE not in own:
            raise ForbiddenError(f"You may not manage people on {grant.scope!r}.")
        if not granted(grant.role, grant.scope) <= own:
            raise ForbiddenError(
                f"You may not give or take the role {grant.role.value!r} on {grant.scope!r}: it"
                " allows more than you may do there."
            )


def check_reach(who: Principal, memberships: Iterable[Membership]) -> None:
    """Refuses to let `who` disable, or make a link for, somebody who may do more than he.

    Raises:
        ForbiddenError: that is so.
    """
    grants = {one.grant for one in memberships}
    if not grants and not who.may(Permission.USER_MANAGE, INSTALLATION):
        raise ForbiddenError("You may not manage this person.")
    try:
        check_grants(who, grants)
    except ForbiddenError:
        # Which roles they are, and where, is not told.
        raise ForbiddenError(
            "This person has a role you may not give; somebody who may has to do this."
        ) from None
