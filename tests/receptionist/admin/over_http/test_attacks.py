"""What attackers try over HTTP, and what comes of it."""

import io
import json
from typing import Any

import pytest
from fastapi import FastAPI

from receptionist.admin.cookies import NAME, SECURE_NAME
from receptionist.admin.door import CSRF_HEADER
from receptionist.admin.permissions import Role
from receptionist.admin.rate_limits import STRANGERS
from receptionist.admin.tokens import digest
from receptionist.admin.users import Users
from receptionist.http_guard import MAX_BODY_BYTES
from receptionist.logs import log_to
from tests.receptionist.admin.house import (
    PASSWORD,
    ROOT,
    Browser,
    House,
    on,
)
from tests.receptionist.admin.over_http.answers import ANNA, BOB, GOOD, told

pytestmark = pytest.mark.integration


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


async def test_a_cookie_that_another_host_may_have_put_there_is_not_taken_over_tls(
    app: FastAPI, browser: Browser
) -> None:
    token = browser.client.cookies[NAME]
    abroad = Browser(app, "https://calls.example.com")
    for name, status in ((NAME, 401), (SECURE_NAME, 200)):
        answer = await abroad.ask("GET", "/me", headers={"Cookie": f"{name}={token}"})
        assert answer.status_code == status


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


async def test_a_key_is_not_helped_by_the_session_of_a_browser(browser: Browser) -> None:
    for wrong in ("rk_0000000000000000_x", "x", "", "rk__", "rk_é_é"):
        header = {"Authorization": f"Bearer {wrong}".encode()}
        told(await browser.ask("GET", "/me", headers=header), 401, "not_signed_in")
    proxy = {"Authorization": "Basic dXNlcjpwYXNz"}
    assert (await browser.ask("GET", "/me", headers=proxy)).is_success


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
