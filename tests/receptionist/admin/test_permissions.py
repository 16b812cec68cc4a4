"""The table of roles holds what people rely on."""

import pytest

from receptionist.admin.permissions import (
    GRANTED,
    INSTALLATION,
    INSTALLATION_ONLY,
    PEOPLE_ONLY,
    Permission,
    Role,
    granted,
)
from tests.receptionist.admin.house import everywhere, on, who

pytestmark = pytest.mark.unit


def test_every_role_gives_something_and_the_owner_everything() -> None:
    assert set(GRANTED) == set(Role)
    assert all(GRANTED.values())
    assert GRANTED[Role.OWNER] == set(Permission)


def test_who_edits_does_not_publish_and_who_approves_does_not_edit() -> None:
    assert Permission.VERSION_PUBLISH not in GRANTED[Role.EDITOR]
    assert Permission.TENANT_EDIT not in GRANTED[Role.APPROVER]
    assert Permission.VERSION_APPROVE not in GRANTED[Role.ADMIN]


def test_an_auditor_changes_nothing() -> None:
    changing = {"manage", "edit", "publish", "approve", "erase", "operate"}
    assert not {one for one in GRANTED[Role.AUDITOR] if one.partition(":")[2] in changing}


def test_on_a_customer_nobody_manages_the_installation() -> None:
    for role in Role:
        assert not granted(role, "acme") & INSTALLATION_ONLY
    assert granted(Role.OWNER, INSTALLATION) >= INSTALLATION_ONLY


def test_keys_cannot_make_keys_or_people() -> None:
    assert {Permission.USER_MANAGE, Permission.KEY_MANAGE} == PEOPLE_ONLY


def test_a_role_counts_on_its_scope_alone_and_one_on_the_installation_everywhere() -> None:
    editor = who("1", "anna@example.com", *on("acme", Role.EDITOR))
    assert editor.may(Permission.TENANT_EDIT, "acme")
    assert editor.sees("acme")
    assert not editor.sees("other")
    assert not editor.may(Permission.TENANT_EDIT, INSTALLATION)
    auditor = who("2", "bob@example.com", *everywhere(Role.AUDITOR), *on("acme", Role.EDITOR))
    assert auditor.may(Permission.AUDIT_READ, "other")
    assert auditor.may(Permission.TENANT_EDIT, "acme")
    assert not auditor.may(Permission.TENANT_EDIT, "other")
