"""A snapshot has everything a call needs, and says by its version what it is made of."""

from datetime import date

import pytest

from receptionist.tenants.snapshot import TenantSnapshot, compile_snapshot

pytestmark = pytest.mark.integration


def test_the_same_bundle_has_the_same_version_and_another_another(demo: TenantSnapshot) -> None:
    few = demo.config.model_copy(update={"topics": demo.config.topics[:2]})
    renamed = few.model_copy(update={"company": "Another"})
    first, again, another = (
        compile_snapshot(config, demo.topics.embed).version for config in (few, few, renamed)
    )
    assert again == first
    assert another != first


def test_hours_are_those_of_the_person_else_the_department_else_the_company(
    demo: TenantSnapshot,
) -> None:
    tuesday = date(2026, 11, 24)

    def first(identifier: str) -> str:
        return str(demo.hours_of(demo.destination(identifier)).on(tuesday).intervals[0])

    assert first("kofi-mensah") == "09:00-13:00"
    assert first("luca-moretti") == "08:00-20:00"
    assert first("repairs") == "08:00-20:00"
    assert first("sales") == "09:00-13:00"
    assert demo.hours_of(None) is demo.hours


def test_the_operator_is_the_escalation(demo: TenantSnapshot) -> None:
    assert demo.destination("operator") is demo.escalation
    assert demo.escalation.id == "reception"
    assert demo.destination("nobody") is None


def test_a_language_the_tenant_does_not_answer_in_becomes_its_first(demo: TenantSnapshot) -> None:
    assert demo.language("it") == "it"
    assert demo.language("fr") == "en"
