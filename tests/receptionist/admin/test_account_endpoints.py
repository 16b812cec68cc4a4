"""Accounts over HTTP: cookies, tokens of changes, and what attackers try."""

import base64
import io
import json
import re
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from fastapi import FastAPI

from receptionist.admin.cookies import NAME, SECURE_NAME
from receptionist.admin.door import CSRF_HEADER
from receptionist.admin.permissions import INSTALLATION, Permission, Role
from receptionist.admin.rate_limits import STRANGERS
from receptionist.admin.session_repository import IDLE, LONGEST
from receptionist.admin.tokens import digest
from receptionist.admin.totp import STEP_S, code_of, step_at
from receptionist.admin.users import Users
from receptionist.database import Database
from receptionist.http_guard import MAX_BODY_BYTES
from receptionist.logs import log_to
from tests.receptionist.admin.house import (
    NEW_PASSWORD,
    PASSWORD,
    ROOT,
    Browser,
    House,
    everywhere,
    on,
)

pytestmark = pytest.mark.integration

ANNA, BOB = "anna@example.com", "bob@example.com"
GOOD = {"email": ANNA, "password": PASSWORD}


@pytest.fixture
async def house(sqlite: Database) -> House:
    """HTTP is the same on each kind of database."""
    return await House.build(sqlite)


@pytest.fixture
async def app(house: House) -> AsyncGenerator[FastAPI]:
    async with house.served() as served:
        yield served


@pytest.fixture
async def browser(house: House, app: FastAPI) -> Browser:
    """A browser in which the owner of acme is signed in."""
    await house.add(ANNA, *on("acme", Role.OWNER))
    signed_in = Browser(app)
    assert (await signed_in.sign_in(ANNA)).is_success
    return signed_in


def told(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Checks that the answer is a problem document and returns it."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


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


async def test_a_cookie_that_another_host_may_have_put_there_is_not_taken_over_tls(
    app: FastAPI, browser: Browser
) -> None:
    token = browser.client.cookies[NAME]
    abroad = Browser(app, "https://calls.example.com")
    for name, status in ((NAME, 401), (SECURE_NAME, 200)):
        answer = await abroad.ask("GET", "/me", headers={"Cookie": f"{name}={token}"})
        assert answer.status_code == status


async def test_me_says_what_one_may_do_where(browser: Browser) -> None:
    me = (await browser.ask("GET", "/me")).json()
    assert (me["kind"], me["name"], list(me["permissions"])) == ("user", ANNA, ["acme"])
    assert Permission.USER_MANAGE in me["permissions"]["acme"]
    assert me["csrf_token"] == browser.csrf


async def test_a_change_needs_the_token_of_its_session(
    house: House, app: FastAPI, browser: Browser
) -> None:
    await house.add(BOB, *on("acme", Role.EDITOR))
    other = Browser(app)
    await other.sign_in(BOB)
    for wrong in ("", "x", other.csrf, browser.csrf[:-1], "é" * 9):
        header = {CSRF_HEADER: wrong.encode()}
        told(await browser.ask("DELETE", "/me/sessions", headers=header), 403, "csrf")
    assert (await browser.ask("DELETE", "/me/sessions")).status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:7801"},
        {"Origin": "http://127.0.0.1:7800.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_page_of_another_site_changes_nothing_and_signs_nobody_in(
    browser: Browser, headers: dict[str, str]
) -> None:
    told(await browser.ask("DELETE", "/me/sessions", headers=headers), 403, "csrf")
    told(await browser.ask("POST", "/sign-in", json=GOOD, headers=headers), 403, "csrf")
    link = {"token": "x", "password": PASSWORD}
    told(await browser.ask("POST", "/links", json=link, headers=headers), 403, "csrf")


async def test_a_page_of_ours_may(browser: Browser) -> None:
    headers = {"Origin": "http://127.0.0.1:7800", "Sec-Fetch-Site": "same-origin"}
    answer = await browser.ask("POST", "/sign-in", json=GOOD, headers=headers)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


async def test_a_form_of_another_site_signs_nobody_in(browser: Browser) -> None:
    body = b'{"email": "anna@example.com", "password": "kettle orbit thistle 9"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = await browser.ask("POST", "/sign-in", content=body, headers={"Content-Type": kind})
        told(answer, 422, "request_invalid")


async def test_a_session_that_was_there_before_is_not_gone_on_with(
    house: House, app: FastAPI, browser: Browser
) -> None:
    await house.add(BOB, *on("acme", Role.EDITOR))
    planted = browser.client.cookies[NAME]
    assert (await browser.sign_in(BOB)).is_success
    assert browser.client.cookies[NAME] != planted
    stranger = Browser(app)
    answer = await stranger.ask("GET", "/me", headers={"Cookie": f"{NAME}={planted}"})
    told(answer, 401, "not_signed_in")


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


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sign-in", {**GOOD, "role": "owner"}),
        ("/users", {"email": BOB, "name": "B", "roles": [], "second_factor": False}),
        ("/users", {"email": BOB, "name": "B", "roles": [{"role": "root", "scope": "acme"}]}),
        ("/users", {"email": BOB, "name": "B", "roles": [{"role": "editor", "scope": "@x"}]}),
        (
            "/users",
            {"email": BOB, "name": "B", "roles": [{"role": "editor", "scope": "acme", "id": 1}]},
        ),
        ("/users", {"email": "bob\r\nBcc: x@y.z", "name": "B", "roles": []}),
        ("/users", {"email": BOB, "name": "B\nX-Evil: 1", "roles": []}),
        ("/users", {"email": BOB, "name": "\ud800", "roles": []}),
        ("/sign-in", {"email": ANNA, "password": "\ud800" * 12}),
        ("/sign-in", {"email": ANNA, "password": "x" * 513}),
        ("/links", {"token": "x" * 201, "password": PASSWORD}),
        ("/keys", {"name": "k", "scope": "acme", "permissions": ["call:read"], "secret": "x"}),
        ("/keys", {"name": "k", "scope": "acme", "permissions": ["everything"]}),
        ("/keys", {"name": "k", "scope": "acme", "permissions": ["call:read"], "days": 10_000}),
    ],
)
async def test_what_a_body_may_not_hold_is_refused(
    house: House, browser: Browser, path: str, body: dict[str, Any]
) -> None:
    content = json.dumps(body).encode()  # with halves of surrogate pairs, as browsers can send them
    headers = {"Content-Type": "application/json"}
    answer = await browser.ask("POST", path, content=content, headers=headers)
    told(answer, 422, "request_invalid")
    assert {user.email for user in await Users(house.context).all(ROOT)} == {ANNA}


async def test_a_huge_body_is_refused_before_anything_is_hashed(
    house: House, browser: Browser
) -> None:
    before = house.passwords.checked
    body = {"email": ANNA, "password": "x" * MAX_BODY_BYTES}
    told(await browser.ask("POST", "/sign-in", json=body), 413, "too_large")
    assert house.passwords.checked == before


async def test_what_is_kept_of_a_browser_is_one_line(house: House, app: FastAPI) -> None:
    await house.add(ANNA, *on("acme", Role.EDITOR))
    browser = Browser(app)
    agent = {"User-Agent": ("Mosaic\x1b[2J\x00" + "é" * 500).encode()}
    answer = await browser.ask("POST", "/sign-in", json=GOOD, headers=agent)
    assert answer.is_success
    (session,) = (await browser.ask("GET", "/me/sessions")).json()["sessions"]
    assert session["browser"].isprintable()
    assert len(session["browser"]) == 200


async def test_the_answer_to_a_lockout_says_when_to_come_again(app: FastAPI) -> None:
    browser = Browser(app)
    for _ in range(4):
        answer = await browser.ask("POST", "/sign-in", json={**GOOD, "password": "x"})
        told(answer, 401, "credentials_wrong")
        assert "bearer" in answer.headers["www-authenticate"].lower()
    answer = await browser.ask("POST", "/sign-in", json=GOOD)
    assert told(answer, 429, "too_often")["retryable"] is True
    assert 1 <= int(answer.headers["retry-after"]) <= 2


async def test_strangers_are_slowed_down_whatever_they_try(house: House, app: FastAPI) -> None:
    browser = Browser(app)
    for number in range(STRANGERS.burst):
        bearer = {"Authorization": f"Bearer rk_{number:016x}_guess"}
        told(await browser.ask("GET", "/me", headers=bearer), 401, "not_signed_in")
    told(await browser.ask("GET", "/me"), 429, "too_often")
    told(await browser.ask("POST", "/sign-in", json=GOOD), 429, "too_often")
    house.clock.pass_by(seconds=2)
    told(await browser.ask("GET", "/me"), 401, "not_signed_in")


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


async def test_a_key_is_not_helped_by_the_session_of_a_browser(browser: Browser) -> None:
    for wrong in ("rk_0000000000000000_x", "x", "", "rk__", "rk_é_é"):
        header = {"Authorization": f"Bearer {wrong}".encode()}
        told(await browser.ask("GET", "/me", headers=header), 401, "not_signed_in")
    proxy = {"Authorization": "Basic dXNlcjpwYXNz"}
    assert (await browser.ask("GET", "/me", headers=proxy)).is_success


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


async def test_nothing_secret_is_logged(house: House, app: FastAPI, browser: Browser) -> None:
    bob = await house.add(BOB, *on("acme", Role.EDITOR))
    log = io.StringIO()
    with log_to(log, "DEBUG"):
        link = (await browser.ask("POST", f"/users/{bob.id}/reset", json={})).json()["token"]
        weak = {"token": link, "password": "weakweakweak"}
        told(await browser.ask("POST", "/links", json=weak), 422, "password_weak")
        await Browser(app).sign_in(ANNA, "mistyped kettle 77")
        house.passwords.broken = True
        told(await Browser(app).sign_in(ANNA), 500, "internal")
        told(
            await browser.ask("POST", "/links", json={**weak, "password": PASSWORD}),
            500,
            "internal",
        )
    written = log.getvalue()
    assert written.count("RuntimeError: out of order") == 2
    secrets = (PASSWORD, link, "weakweakweak", "mistyped", browser.csrf, digest(link), ANNA)
    assert not [one for one in (*secrets, browser.client.cookies[NAME]) if one in written]


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
