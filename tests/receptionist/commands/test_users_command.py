"""`receptionist users` and `receptionist keys`: for whoever has the machine."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from receptionist.admin.credentials import Credentials
from receptionist.admin.keys import Keys
from receptionist.admin.opening import open_context
from receptionist.admin.permissions import Permission
from receptionist.admin.sign_in import SignIn, Started
from receptionist.cli import app, main
from receptionist.database import Database
from receptionist.settings import Settings
from receptionist.versions.customer_repository import CustomerRepository
from tests.receptionist.admin.house import HERE, NEW_PASSWORD, NOON, PASSWORD, ROOT

pytestmark = pytest.mark.integration

ANNA, BOB = "anna@example.com", "bob@example.com"
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a data folder of its own, and returns what it prints."""
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(tmp_path))

    def run(*arguments: str, ends: int = 0) -> str:
        try:
            main(arguments)
            code: object = 0
        except SystemExit as ended:
            code = ended.code or 0
        printed = capsys.readouterr()
        assert code == ends, printed
        return printed.out if ends == 0 else printed.err

    return run


def redeem(token: str, password: str = PASSWORD) -> None:
    async def done() -> None:
        async with open_context(Settings.read()) as context:
            await Credentials(context).redeem(token, password, HERE)

    asyncio.run(done())


def signs_in(email: str, password: str = PASSWORD) -> bool:
    async def done() -> bool:
        async with open_context(Settings.read()) as context:
            found = await SignIn(context).with_password(email, password, HERE)
            return isinstance(found, Started)

    return asyncio.run(done())


def users(run: Run) -> dict[str, tuple[str, list[str]]]:
    """Returns state and roles by address."""
    return {
        user["email"]: (user["state"], [f"{one['role']}@{one['scope']}" for one in user["roles"]])
        for user in json.loads(run("users", "list", "--json"))
    }


def test_the_first_admin_gets_a_link_and_nobody_has_a_password_before(run: Run) -> None:
    assert "Nobody" in run("users", "list")
    token = run("users", "invite", "--owner", ANNA, "--name", "Anna").strip()
    assert users(run) == {ANNA: ("invited", ["owner@@installation"])}
    redeem(token)
    assert signs_in(ANNA)
    assert users(run)[ANNA][0] == "active"
    assert ANNA in run("users", "list")


def test_a_token_is_printed_for_programs_too(run: Run) -> None:
    printed = json.loads(run("users", "invite", BOB, "--role", "auditor", "--json"))
    assert (printed["email"], set(printed)) == (BOB, {"email", "token", "expires_at"})
    redeem(printed["token"])
    reset = run("users", "reset", BOB).strip()
    redeem(reset, NEW_PASSWORD)
    assert signs_in(BOB, NEW_PASSWORD)


def test_somebody_is_added_with_a_password_that_is_asked_for(run: Run) -> None:
    runner = CliRunner()
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    added = runner.invoke(app, ["users", "add", ANNA, "--role", "owner"], input=typed)
    assert added.exit_code == 0, added.output
    assert PASSWORD not in added.output
    assert users(run) == {ANNA: ("active", ["owner@@installation"])}
    assert signs_in(ANNA)
    weak = runner.invoke(app, ["users", "add", BOB, "--role", "owner"], input="anna\nanna\n")
    assert weak.exit_code != 0


def test_roles_are_given_on_customers_and_taken(run: Run, tmp_path: Path) -> None:
    async def fill() -> None:
        async with await Database.open("", tmp_path) as database, database.write() as session:
            await CustomerRepository(session).add("acme", "Acme", at=NOON)

    asyncio.run(fill())
    run("users", "invite", ANNA, "--role", "editor@acme")
    run("users", "roles", ANNA, "--role", "analyst@acme", "--role", "auditor")
    assert users(run)[ANNA][1] == ["auditor@@installation", "analyst@acme"]
    assert "no role" in run("users", "roles", ANNA)
    assert users(run)[ANNA][1] == []


def test_who_is_disabled_is_kept_out_until_he_is_let_in_again(run: Run) -> None:
    for email in (ANNA, BOB):
        redeem(run("users", "invite", "--owner", email).strip())
    run("users", "disable", ANNA)
    assert users(run)[ANNA][0] == "disabled"
    assert "owner first" in run("users", "disable", BOB, ends=2)
    run("users", "enable", ANNA)
    assert signs_in(ANNA)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("users", "invite", "anna", "--owner"), "anna@example.com"),
        (("users", "invite", ANNA, "--role", "root"), "is no role"),
        (("users", "invite", ANNA, "--role", "editor@Acme!"), "is no role"),
        (("users", "invite", ANNA, "--role", "editor@acme"), "no customer"),
        (("users", "invite", ANNA), "Name a role"),
        (("users", "disable", ANNA), "users list"),
        (("keys", "revoke", "x"), "no key"),
    ],
)
def test_what_is_asked_wrongly_is_said(run: Run, arguments: tuple[str, ...], said: str) -> None:
    assert said in run(*arguments, ends=2)


def test_keys_are_listed_and_ended(run: Run) -> None:
    async def make() -> str:
        async with open_context(Settings.read()) as context:
            keys = Keys(context)
            made = await keys.make(ROOT, "CRM", "@installation", {Permission.CALL_READ}, 9)
            return made.record.id

    assert "No keys" in run("keys", "list")
    key = asyncio.run(make())
    assert key in run("keys", "list")
    assert "CRM" in run("keys", "revoke", key)
    (listed,) = json.loads(run("keys", "list", "--json"))
    assert listed["id"] == key
    assert listed["revoked_at"]
    assert "revoked" in run("keys", "list")


def test_the_audit_log_proves_what_was_done_on_the_machine(run: Run) -> None:
    run("users", "invite", ANNA, "--owner")
    (proof,) = json.loads(run("audit", "verify", "--json"))
    assert (proof["tenant"], proof["rows"], proof["breaks"]) == ("@installation", 1, [])


@pytest.mark.parametrize(
    ("secret", "ends", "said"),
    [("x" * 32, 0, "Nobody"), ("short", 2, "openssl"), ("", 1, "ROOM_KEY")],
)
def test_the_key_of_the_installation_may_come_from_a_setting(
    run: Run, monkeypatch: pytest.MonkeyPatch, secret: str, ends: int, said: str
) -> None:
    monkeypatch.setenv("RECEPTIONIST_SECRET_KEY", "env:ROOM_KEY")
    monkeypatch.setenv("ROOM_KEY", secret)
    assert said in run("users", "list", ends=ends)
