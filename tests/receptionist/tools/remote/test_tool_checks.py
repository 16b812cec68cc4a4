"""`receptionist check` names what is wrong in `tools.yaml`, each with its line."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from receptionist.tenants import DEMO
from receptionist.tenants.bundle import examine
from receptionist.tools.registry import TOOLS
from receptionist.tools.remote.config import BUILT_IN

pytestmark = pytest.mark.unit

GOOD = """\
http:
  - name: order_status
    description: Tells where an order is.
    examples:
      en: [where is my order]
      it: [dov'è il mio ordine]
    arguments:
      - name: number
        description: The order number.
        type: code
        ask: {en: "What is the number of your order?", it: "Qual è il numero dell'ordine?"}
    url: https://shop.example.com/orders/{number}
    headers:
      Authorization: Bearer {token}
    secrets:
      token: env:SHOP_TOKEN
    answers:
      - outcome: found
        fields: {state: /state}
        spoken: {en: "It is {state}.", it: "È {state}."}
mcp:
  - name: crm
    command: crm
    tools:
      - name: find_customer
"""

Said = Callable[..., list[str]]


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """Tells what is wrong when parts of a good `tools.yaml` are written otherwise."""

    def told(*changes: tuple[str, str]) -> list[str]:
        folder = tmp_path / "copy"
        shutil.copytree(DEMO, folder)
        text = GOOD
        for before, after in changes:
            assert before in text
            text = text.replace(before, after, 1)
        (folder / "tools.yaml").write_text(text, encoding="utf-8")
        problems = examine(folder).problems
        return [str(problem) for problem in problems if problem.file == "tools.yaml"]

    return told


def test_a_good_file_has_no_problems(said: Said) -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("https://shop.example.com/", "https://{number}.example.com/", "12: tools.http.0.url: the"),
        ("https://shop.example.com/", "ftp://shop.example.com/", "12: tools.http.0.url: must beg"),
        ("https://shop.example.com/", "http://shop.example.com/", "12: secrets are sent to https"),
        ("/orders/{number}", "/orders/{id}", "12: there is no argument 'id'"),
        ("/orders/{number}", "/orders", "8: 'number' stands neither in the URL nor in the body"),
        ("Bearer {token}", "Bearer {tokn}", "14: there is no secret 'tokn'"),
        ("Bearer {token}", "Bearer x", "16: the secret 'token' stands in no header"),
        ("Authorization:", "Host:", "14: tools.http.0.headers.Host: is set by the receptionist"),
        ("env:SHOP_TOKEN", "s3cret", "16: tools.http.0.secrets.token: write env:NAME or file:"),
        ("order_status", "take_message", "2: 'take_message' is a tool of the receptionist"),
        ("order_status", "crm", "22: the name 'crm' is already taken"),
        ("order_status", "crm_orders", "2: 'crm_orders' begins like the tools of an MCP server"),
        ("Tells where an order is.", "Orders", "3: tools.http.0.description: String should have"),
        ('en: "What is the number of your order?", ', "", "11: there is no text in 'en'"),
        ("    url:", "    method: POST\n    url:", "12: a POST may change something: write `conf"),
        ("    url:", "    body: {a: 1}\n    url:", "12: a GET has no body"),
        ("outcome: found", "outcome: failed", "18: 'failed' has a meaning of its own"),
        ("It is {state}.", "It is {place}.", "20: nothing is known by the name 'place'"),
        ("It is {state}.", "It is {state.", "20: '{' without its name"),
        ("state: /state", "state: state", "19: tools.http.0.answers.0.fields.state.at: must be a"),
        ("command: crm", "program: crm", "23: tools.mcp.0.program: unknown key 'program'"),
        ("command: crm", "command: crm\n    url: https://a.example", "give either `command` or"),
        ("command: crm", "command: /bin/sh", "23: tools.mcp.0.command: String should match"),
    ],
)
def test_a_mistake_is_named_at_its_line(said: Said, before: str, after: str, problem: str) -> None:
    found = said((before, after))
    assert any(problem in line for line in found), found


def test_a_read_back_ends_in_a_question(said: Said) -> None:
    confirm = "    confirm: {en: I cancel it., it: Lo annullo?}\n    url:"
    assert any("must end in a question" in line for line in said(("    url:", confirm)))


def test_no_tool_of_a_tenant_can_have_the_name_of_one_of_ours() -> None:
    assert {tool.name for tool in TOOLS} <= BUILT_IN
