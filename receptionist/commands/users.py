"""`receptionist users`: who may sign in. It works on the database, for whoever has the machine."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import typer
from pydantic import BaseModel, TypeAdapter, ValidationError

from receptionist.admin.context import AdminContext
from receptionist.admin.credentials import Credentials
from receptionist.admin.inputs import Email, OneLine
from receptionist.admin.link_repository import NewLink
from receptionist.admin.opening import open_context
from receptionist.admin.permissions import INSTALLATION, Role
from receptionist.admin.principals import Principal, machine
from receptionist.admin.records import Grant, UserRecord
from receptionist.admin.users import Users
from receptionist.commands.records import AsJson, console, local_time, print_json, spoken, table
from receptionist.errors import ConfigurationError, NotFoundError
from receptionist.settings import Settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Manage the people who may sign in."
)

R = TypeVar("R")
Work = Callable[[AdminContext], Awaitable[R]]

Address = Annotated[str, typer.Argument(metavar="EMAIL", help="E-mail address.")]
Named = Annotated[str, typer.Option("--name", help="Name; the address when left out.")]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="ROLE[@CUSTOMER]",
        help="A role on a customer, or on all of them; may be given more than once.",
    ),
]


class Link(BaseModel):
    """What `invite` and `reset` print."""

    email: str
    token: str
    expires_at: str


@app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """Lists everybody who may sign in or is invited."""
    users = run(lambda context: Users(context).all(me()))
    if as_json:
        print_json(users)
        return
    shown = table("Users", "e-mail", "name", "state", "second factor", "roles")
    for user in users:
        roles = ", ".join(map(_written, user.roles))
        second = "yes" if user.second_factor else "no"
        shown.add_row(spoken(user.email), spoken(user.name), user.state, second, roles)
    console().print(shown if users else "Nobody may sign in yet.")


@app.command()
def add(email: Address, name: Named = "", role: Roles = None, as_json: AsJson = False) -> None:
    """Adds somebody with a password that is asked for here."""
    address, grants = _address(email), _grants(role)
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)

    async def work(context: AdminContext) -> UserRecord:
        users = Users(context)
        invited = await users.invite(me(), address, _name(name, address), grants)
        await Credentials(context).set_by_machine(me(), invited.user.id, password)
        return await users.one(me(), invited.user.id)

    _tell(run(work), as_json, "may sign in")


@app.command()
def invite(
    email: Address,
    name: Named = "",
    role: Roles = None,
    owner: Annotated[bool, typer.Option("--owner", help="As owner of the installation.")] = False,
    as_json: AsJson = False,
) -> None:
    """Invites somebody: prints a token with which he sets his password, once, within an hour."""
    address = _address(email)
    grants = _grants([*(role or []), *([Role.OWNER.value] if owner else [])])
    if not grants:
        raise ConfigurationError("Name a role, as in --role admin, or --owner.")

    async def work(context: AdminContext) -> NewLink:
        invited = await Users(context).invite(me(), address, _name(name, address), grants)
        return invited.link

    _hand_out(address, run(work), as_json)


@app.command()
def roles(email: Address, role: Roles = None, as_json: AsJson = False) -> None:
    """Gives somebody these roles, and takes all others."""
    grants = _grants(role)

    async def work(context: AdminContext) -> UserRecord:
        users = Users(context)
        user = await _find(users, email)
        return await users.set_roles(me(), user.id, grants, user.etag)

    changed = run(work)
    said = ", ".join(map(_written, changed.roles)) or "no role"
    _tell(changed, as_json, f"has {said}")


@app.command()
def disable(email: Address, as_json: AsJson = False) -> None:
    """Keeps somebody out, at once; `enable` lets him in again."""
    _tell(_set_disabled(email, True), as_json, "is kept out")


@app.command()
def enable(email: Address, as_json: AsJson = False) -> None:
    """Lets somebody in again who was kept out."""
    _tell(_set_disabled(email, False), as_json, "may sign in")


@app.command()
def reset(
    email: Address,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Take the second factor away too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Prints a token with which somebody sets a new password, once, within an hour."""

    async def work(context: AdminContext) -> NewLink:
        users = Users(context)
        user = await _find(users, email)
        return await users.reset(me(), user.id, second_factor=second_factor)

    _hand_out(_address(email), run(work), as_json)


def run(work: Work[R]) -> R:
    """Returns what `work` returns, done on the database the settings name."""

    async def done() -> R:
        async with open_context(Settings.read()) as context:
            return await work(context)

    return asyncio.run(done())


def me() -> Principal:
    """Returns whoever has the machine."""
    return machine(getpass.getuser())


# --- inside ---------------------------------------------------------------------------------


def _set_disabled(email: str, disabled: bool) -> UserRecord:
    async def work(context: AdminContext) -> UserRecord:
        users = Users(context)
        user = await _find(users, email)
        return await users.set_disabled(me(), user.id, disabled, user.etag)

    return run(work)


async def _find(users: Users, email: str) -> UserRecord:
    address = _address(email)
    found = [user for user in await users.all(me()) if user.email == address]
    if not found:
        raise NotFoundError(f"There is no user {address!r}. `receptionist users list` shows them.")
    return found[0]


def _address(email: str) -> str:
    return _read(TypeAdapter(Email), email)


def _name(name: str, address: str) -> str:
    return _read(TypeAdapter(OneLine), name or address)


def _grants(written: Sequence[str] | None) -> list[Grant]:
    return [_grant(one) for one in dict.fromkeys(written or ())]


def _grant(written: str) -> Grant:
    role, _, scope = written.partition("@")
    try:
        return Grant(role=Role(role), scope=scope or INSTALLATION)
    except ValueError:
        known = ", ".join(Role)
        raise ConfigurationError(
            f"{written!r} is no role. Write ROLE or ROLE@CUSTOMER, with one of: {known}."
        ) from None


def _read(kind: TypeAdapter[str], written: str) -> str:
    try:
        return kind.validate_python(written)
    except ValidationError as error:
        raise ConfigurationError(f"{written!r}: {error.errors()[0]['msg']}.") from None


def _written(grant: Grant) -> str:
    everywhere = grant.scope == INSTALLATION
    return grant.role.value if everywhere else f"{grant.role.value}@{grant.scope}"


def _tell(user: UserRecord, as_json: bool, said: str) -> None:
    if as_json:
        print_json(user)
    else:
        console().print(f"{user.email} {said}.", markup=False)


def _hand_out(email: str, link: NewLink, as_json: bool) -> None:
    expires_at = link.expires_at
    if as_json:
        print_json(Link(email=email, token=link.token, expires_at=expires_at.isoformat()))
        return
    typer.echo(link.token)
    typer.echo(
        f"For {email}: works once, until {local_time(expires_at)}."
        " It is redeemed with POST /api/v1/links (docs/accounts.md).",
        err=True,
    )
