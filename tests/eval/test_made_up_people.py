"""The made-up company is the same for the same seed, and fewer requests are the first of more."""

import pytest

from eval.made_up_people import company, lists, requests
from knowledge.language_data import languages

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_thousand_people_of_each_language_have_different_names(language: str) -> None:
    _, contacts = company(language, 2)
    assert len({contact.name for contact in contacts}) == 1000
    assert company(language, 2)[1] == contacts
    assert len(lists(language)["given"]) >= 80
    assert len(lists(language)["family"]) >= 120


@pytest.mark.parametrize("language", sorted(languages()))
def test_fewer_requests_are_the_first_of_more(language: str) -> None:
    _, contacts = company(language, 2)
    many = requests(language, 2, contacts, 100)
    assert requests(language, 2, contacts, 20) == many[:20]
    assert len({request.contact.id for request in many}) == 100
    assert all(request.contact.name in request.text for request in many)
