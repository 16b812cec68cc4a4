"""How tools name people and departments inside a sentence."""

from dataclasses import replace

import pytest

from prompts.loader import load
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.destinations import named
from tests.receptionist.tools.desk import Desk

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("language", "department", "said"),
    [
        ("en", "billing", "accounting"),
        ("it", "billing", "la contabilità"),
        ("it", "sales", "il reparto vendite"),
        ("fr", "billing", "la comptabilité"),
        ("fr", "reception", "l'accueil"),
        ("fr", "sales", "le service commercial"),
        ("es", "billing", "el departamento de contabilidad"),
        ("pt", "reception", "a receção"),
        ("de", "billing", "Buchhaltung"),
    ],
)
def test_a_department_has_its_article(
    demo: TenantSnapshot, language: str, department: str, said: str
) -> None:
    speaking = replace(demo, texts={**demo.texts, language: load(language)})
    assert named(demo.directory.departments[department], speaking, language) == said


@pytest.mark.parametrize("language", ["en", "it"])
def test_a_person_has_none(demo: TenantSnapshot, language: str) -> None:
    person = next(one for one in demo.config.contacts if one.id == "peter-hallam")
    assert named(person, demo, language) == "Peter Hallam"


async def test_a_message_is_read_back_for_a_department_with_its_article(
    demo: TenantSnapshot,
) -> None:
    desk = Desk(demo, "it")
    result = await desk.run(
        "take_message",
        confirmed=False,
        about="la fattura",
        caller_name="Zoë Mellor",
        callback_number="01632 960555",
        contact_id="billing",
    )
    assert "per la contabilità:" in result["spoken"]
