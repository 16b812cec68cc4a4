"""Who asks in these tests, and what he is told."""

from typing import Any

import httpx2 as httpx

from tests.receptionist.admin.house import PASSWORD

ANNA, BOB = "anna@example.com", "bob@example.com"
GOOD = {"email": ANNA, "password": PASSWORD}


def told(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Checks that the answer is a problem document and returns it."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()
