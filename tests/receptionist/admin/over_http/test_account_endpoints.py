"""Accounts over HTTP: signing in, oneself, people, keys."""

import base64
import re
from datetime import timedelta

import pytest
from fastapi import FastAPI

from receptionist.admin.cookies import NAME, SECURE_NAME
from receptionist.admin.permissions import INSTALLATION, Permission, Role
from receptionist.admin.session_repository import IDLE, LONGEST
from receptionist.admin.totp import STEP_S, code_of, step_at
from receptionist.admin.users import Users
from tests.receptionist.admin.house import (
    NEW_PASSWORD,
    PASSWORD,
    ROOT,
    Browser,
    House,
    everywhere,
    on,
)
from tests.receptionist.admin.over_http.answers import ANNA, BOB, GOOD, told
from tests.receptionist.databases import held

pytestmark = pytest.mark.integration


async def test_a_session_is_in_a_cookie_no_script_reads_and_no_other_site_sends(
    house: House, app: FastAPI
) -> None:
    await house.add(ANNA, *on("acme", Role.EDITOR))
    answer = await Browser(app).sign_in(ANNA)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{NAME}=")
    parts = {part.strip() for part in cookie.split(";")[1:]}
    assert parts == {"HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"}
    assert answer.headers["cache-control"] == "no-store"
    assert cookie.split("=")[1].split(";")[0] not in answer.text


@pytest.mark.parametrize(
    ("base_url", "headers"),
    [
        ("https://calls.example.com", {}),
        ("http://calls.example.com", {}),
        ("https://127.0.0.1:7800", {}),
        # A proxy that names us in its own words; the address of the page is set.
        ("http://127.0.0.1:7800", {"Origin": "https://calls.example.com"}),
    ],
)
async def test_beyond_this_machine_the_cookie_is_for_tls_and_this_host_alone(
    house: House, app: FastAPI, base_url: str, headers: dict[str, str]
) -> None:
    await house.add(ANNA, *on("acme", Role.EDITOR))
    answer = await Browser(app, base_url).ask("POST", "/sign-in", json=GOOD, headers=headers)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SECURE_NAME}=")
    assert {"Secure", "Path=/", "HttpOnly"} <= {part.strip() for part in cookie.split(";")}
    assert "domain" not in cookie.lower()


async def test_me_says_what_one_may_do_where(browser: Browser) -> None:
    me = (await browser.ask("GET", "/me")).json()
    assert (me["kind"], me["name"], list(me["permissions"])) == ("user", ANNA, ["acme"])
    assert Permission.USER_MANAGE in me["permissions"]["acme"]
    assert me["csrf_token"] == browser.csrf


@pytest.mark.parametrize("over", [LONGEST, IDLE])
async def test_a_session_is_over_after_a_while(
    house: House, browser: Browser, over: timedelta
) -> None:
    steps = over // timedelta(minutes=29) if over == LONGEST else 0
    for _ in range(steps):
        house.clock.pass_by(minutes=29)
        assert (await browser.ask("GET", "/me")).status_code == 200
    house.clock.at += over - steps * timedelta(minutes=29)
    told(await browser.ask("GET", "/me"), 401, "not_signed_in")


async def test_when_a_session_was_used_is_written_once_a_minute_and_keeps_nobody_out(
    house: House, browser: Browser
) -> None:
    async def seen_at() -> str:
        (session,) = (await browser.ask("GET", "/me/sessions")).json()["sessions"]
        return session["seen_at"]

    began = await seen_at()
    house.clock.pass_by(seconds=59)
    assert await seen_at() == began
    house.clock.pass_by(seconds=1)
    async with held(house.context.database):
        assert await seen_at() == began
    await seen_at()
    assert await seen_at() > began


async def test_signing_out_ends_the_session_and_not_only_the_cookie(
    app: FastAPI, browser: Browser
) -> None:
    token = browser.client.cookies[NAME]
    answer = await browser.ask("POST", "/sign-out")
    assert answer.status_code == 204
    assert f'{NAME}="";' in answer.headers["set-cookie"]
    stolen = {"Cookie": f"{NAME}={token}"}
    told(await Browser(app).ask("GET", "/me", headers=stolen), 401, "not_signed_in")


async def test_one_session_is_ended_from_another(
    house: House, app: FastAPI, browser: Browser
) -> None:
    lost = Browser(app)
    await lost.sign_in(ANNA)
    listed = (await browser.ask("GET", "/me/sessions")).json()["sessions"]
    assert [one["current"] for one in listed].count(True) == 1
    (other,) = [one["id"] for one in listed if not one["current"]]
    bob = Browser(app)
    await house.add(BOB, *on("acme", Role.OWNER))
    await bob.sign_in(BOB)
    told(await bob.ask("DELETE", f"/me/sessions/{other}"), 404, "not_found")
    assert (await browser.ask("DELETE", f"/me/sessions/{other}")).status_code == 204
    told(await lost.ask("GET", "/me"), 401, "not_signed_in")
    assert (await browser.ask("GET", "/me")).is_success


async def test_a_new_password_goes_on_in_this_browser_alone(app: FastAPI, browser: Browser) -> None:
    other = Browser(app)
    await other.sign_in(ANNA)
    change = {"current": PASSWORD, "new": NEW_PASSWORD}
    answer = await browser.ask("PUT", "/me/password", json=change)
    browser.csrf = answer.json()["csrf_token"]
    assert (await browser.ask("DELETE", "/me/sessions")).status_code == 204
    told(await other.ask("GET", "/me"), 401, "not_signed_in")


async def test_the_second_factor_over_http(house: House, app: FastAPI, browser: Browser) -> None:
    wrong = {"password": "not it"}
    told(await browser.ask("POST", "/me/second-factor", json=wrong), 401, "credentials_wrong")
    again = {"password": PASSWORD}
    secret = (await browser.ask("POST", "/me/second-factor", json=again)).json()
    assert secret["secret"] in secret["address"]
    code = _code(house, secret["secret"])
    codes = (await browser.ask("PUT", "/me/second-factor", json={"code": code})).json()["codes"]
    assert len(codes) == 10
    other = Browser(app)
    wanted = (await other.sign_in(ANNA)).json()
    assert wanted["state"] == "code_wanted"
    told(await other.ask("GET", "/me"), 401, "not_signed_in")
    replayed = {"challenge": wanted["challenge"], "code": code}
    told(await other.ask("POST", "/sign-in/code", json=replayed), 401, "credentials_wrong")
    house.clock.pass_by(seconds=STEP_S)
    right = {"challenge": wanted["challenge"], "code": _code(house, secret["secret"])}
    assert (await other.ask("POST", "/sign-in/code", json=right)).json()["state"] == "signed_in"
    assert (await other.ask("GET", "/me")).is_success
    told(await other.ask("POST", "/sign-in/code", json=right), 401, "credentials_wrong")
    answer = await browser.ask("POST", "/me/second-factor/removal", json=again)
    assert answer.status_code == 204


async def test_a_user_is_changed_as_he_was_seen(house: House, browser: Browser) -> None:
    bob = await house.add(BOB, *on("acme", Role.EDITOR))
    path = f"/users/{bob.id}"
    seen = await browser.ask("GET", path)
    roles = {"roles": [{"role": "analyst", "scope": "acme"}]}
    told(await browser.ask("PUT", f"{path}/roles", json=roles), 428, "precondition_required")
    header = {"If-Match": seen.headers["etag"]}
    changed = await browser.ask("PUT", f"{path}/roles", json=roles, headers=header)
    assert changed.json()["roles"] == roles["roles"]
    told(
        await browser.ask("PUT", f"{path}/roles", json=roles, headers=header),
        412,
        "changed_meanwhile",
    )
    header = {"If-Match": changed.headers["etag"]}
    out = await browser.ask("PUT", f"{path}/disabled", json={"disabled": True}, headers=header)
    assert out.json()["state"] == "disabled"


async def test_a_key_asks_without_cookie_and_csrf_within_its_scopes(
    house: House, app: FastAPI, browser: Browser
) -> None:
    wanted = {"name": "CRM", "scope": "acme", "permissions": ["user:read"], "days": 1}
    made = (await browser.ask("POST", "/keys", json=wanted)).json()
    bearer = {"Authorization": f"bearer {made['shown']}"}
    program = Browser(app)
    me = (await program.ask("GET", "/me", headers=bearer)).json()
    assert (me["kind"], me["permissions"]) == ("key", {"acme": ["user:read"]})
    users = (await program.ask("GET", "/users", headers=bearer)).json()["users"]
    assert [user["email"] for user in users] == [ANNA]
    told(await program.ask("GET", "/keys", headers=bearer), 403, "forbidden")
    told(await program.ask("GET", "/me/sessions", headers=bearer), 403, "forbidden")
    listed = (await browser.ask("GET", "/keys")).json()["keys"]
    assert [(key["id"], bool(key["used_at"])) for key in listed] == [(made["key"]["id"], True)]
    assert made["shown"] not in str(listed)
    assert (await browser.ask("DELETE", f"/keys/{made['key']['id']}")).is_success
    told(await program.ask("GET", "/me", headers=bearer), 401, "not_signed_in")


async def test_roles_that_are_taken_are_gone_with_the_next_request(
    house: House, app: FastAPI, browser: Browser
) -> None:
    bob = await house.add(BOB, *on("acme", Role.ADMIN))
    other = Browser(app)
    await other.sign_in(BOB)
    assert (await other.ask("GET", "/users")).is_success
    await Users(house.context).set_roles(ROOT, bob.id, [], None)
    told(await other.ask("GET", "/users"), 403, "forbidden")
    await Users(house.context).set_disabled(ROOT, bob.id, True, None)
    told(await other.ask("GET", "/me"), 401, "not_signed_in")
    del browser


async def test_the_provider_manages_everybody(house: House, app: FastAPI) -> None:
    await house.add(BOB, *everywhere(Role.OWNER))
    root = Browser(app)
    await root.sign_in(BOB)
    roles = [{"role": "owner", "scope": "other"}, {"role": "auditor", "scope": INSTALLATION}]
    body = {"email": "New@Example.COM ", "name": "New", "roles": roles}
    invited = await root.ask("POST", "/users", json=body)
    assert invited.status_code == 201
    assert invited.json()["user"]["email"] == "new@example.com"
    link = {"token": invited.json()["link"]["token"], "password": NEW_PASSWORD}
    assert (await root.ask("POST", "/links", json=link)).status_code == 204
    told(await root.ask("POST", "/links", json=link), 410, "link_unusable")
    other = Browser(app)
    assert (await other.sign_in("NEW@example.com", NEW_PASSWORD)).is_success


async def test_openapi_describes_every_operation_with_examples(app: FastAPI) -> None:
    described = app.openapi()
    assert set(described["components"]["securitySchemes"]) == {"session", "key"}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], path
            assert "429" in operation["responses"], path
            if not re.search("sign-in|links", path) and path != "/api/v1/sign-out":
                assert operation["security"], (method, path)


def _code(house: House, shown: str) -> str:
    return code_of(base64.b32decode(shown), step_at(house.clock()))


async def test_openapi_gives_an_example_for_every_text(app: FastAPI) -> None:
    told_by = {"examples", "enum", "const", "default", "format", "$ref"}
    bare = [
        f"{name}.{field}"
        for name, schema in app.openapi()["components"]["schemas"].items()
        for field, described in schema.get("properties", {}).items()
        if described.get("type") == "string" and not told_by & set(described)
        if name not in {"Problem", "ValidationError", "HTTPValidationError"}
    ]
    assert bare == []
