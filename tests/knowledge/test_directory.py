"""Callers ask for people and departments in all kinds of words."""

import time
from itertools import product
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.directory import Directory
from knowledge.people import Contact, Department
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle

pytestmark = pytest.mark.unit

CONFIG = load_bundle(DEMO)
DIRECTORY = Directory(CONFIG.departments, CONFIG.contacts)
ROSSIS = ["maria-rossi-billing", "maria-rossi-care"]
CARTERS = ["james-carter-repairs", "james-carter-sales"]


def look(phrase: str, language: str = "en", department: str = "") -> tuple[str, list[str]]:
    found = DIRECTORY.find(phrase, language, department)
    return found.outcome, [candidate.id for candidate in found.candidates]


@pytest.mark.parametrize(
    ("language", "phrase", "who"),
    [
        ("en", "Peter Hallam", "peter-hallam"),
        ("en", "peter", "peter-hallam"),
        ("en", "mister hallam", "peter-hallam"),
        ("en", "Pete", "peter-hallam"),
        ("en", "can I speak to peter hallam please", "peter-hallam"),
        ("en", "nadia carimi", "nadia-karimi"),
        ("en", "kiara lombardy", "chiara-lombardi"),
        ("en", "hana lindquist", "hannah-lindqvist"),
        ("en", "hanna lind kvist", "hannah-lindqvist"),
        ("en", "samuel o coro", "samuel-okoro"),
        ("en", "Maria from accounting", "maria-rossi-billing"),
        ("en", "maria rossi in customer care", "maria-rossi-care"),
        ("en", "james carter in sales", "james-carter-sales"),
        ("en", "jim carter", "james-carter-repairs"),
        ("en", "will", "william-tregear"),
        ("en", "will tregear", "william-tregear"),
        ("en", "the head of sales", "eleanor-whitby"),
        ("en", "the office manager", "helen-marsh"),
        ("en", "accounting", "billing"),
        ("en", "the billing people", "billing"),
        ("en", "someone about my invoice", "billing"),
        ("en", "somebody in repairs", "repairs"),
        ("en", "the boiler people", "repairs"),
        ("en", "customer service", "customer-care"),
        ("en", "the front desk", "reception"),
        ("it", "Maria della contabilità", "maria-rossi-billing"),
        ("it", "la signora Ferri", "giulia-ferri"),
        ("it", "il signor Moretti", "luca-moretti"),
        ("it", "vorrei parlare con Giulia", "giulia-ferri"),
        ("it", "kofi mensa", "kofi-mensah"),
        ("it", "amministrazione", "billing"),
        ("it", "qualcuno per la mia fattura", "billing"),
        ("it", "l'ufficio vendite", "sales"),
        ("it", "servizio clienti", "customer-care"),
        ("it", "il centralino", "reception"),
        ("it", "il responsabile delle vendite", "eleanor-whitby"),
    ],
)
def test_one_is_found(language: str, phrase: str, who: str) -> None:
    assert look(phrase, language) == ("found", [who])


@pytest.mark.parametrize(
    ("phrase", "who"),
    [
        ("maria rossi", ROSSIS),
        ("marya rosie", ROSSIS),
        ("maria", ROSSIS),
        ("mrs rossi", ROSSIS),
        ("james carter", CARTERS),
        ("mr carter", CARTERS),
    ],
)
def test_homonyms_are_all_named(phrase: str, who: list[str]) -> None:
    assert look(phrase) == ("ambiguous", who)


@pytest.mark.parametrize(
    ("department", "who"),
    [("accounting", ROSSIS[0]), ("the billing people", ROSSIS[0]), ("customer care", ROSSIS[1])],
)
def test_a_department_beside_the_name_tells_homonyms_apart(department: str, who: str) -> None:
    assert look("maria rossi", department=department) == ("found", [who])


def test_a_person_sought_in_the_wrong_department_is_suggested_not_assumed() -> None:
    assert look("peter hallam", department="sales") == ("unknown", ["peter-hallam", "sales"])


def test_a_department_alone_is_found_without_a_name() -> None:
    assert look("", department="billing") == ("found", ["billing"])


def test_a_wrong_given_name_is_unknown_and_the_surname_suggests() -> None:
    assert look("john carter") == ("unknown", CARTERS)


@pytest.mark.parametrize("language", ["en", "it"])
@pytest.mark.parametrize(
    "phrase",
    ["", "   ", "?", "someone", "a human", "the weather", "xylophone", "qualcuno", "il tempo"],
)
def test_words_that_name_nobody_find_nobody(language: str, phrase: str) -> None:
    assert look(phrase, language) == ("unknown", [])


@pytest.mark.parametrize(
    "phrase", ["giovanni bianchetti", "Zbigniew Wojciechowski", "miss thistlewood"]
)
def test_unknown_names_are_unknown(phrase: str) -> None:
    assert look(phrase)[0] == "unknown"


@given(phrase=st.text(max_size=80), language=st.sampled_from(["en", "it", "fr"]))
def test_anything_said_has_an_outcome(phrase: str, language: str) -> None:
    found = DIRECTORY.find(phrase, language)
    counts = {"found": (1, 1), "ambiguous": (1, 3), "unknown": (0, 3)}[found.outcome]
    assert counts[0] <= len(found.candidates) <= counts[1]


def test_every_person_is_found_or_offered_by_full_name() -> None:
    for contact in CONFIG.contacts:
        outcome, candidates = look(contact.name)
        assert contact.id in candidates
        assert outcome in {"found", "ambiguous"}


def test_a_name_among_a_hundred_thousand_is_found_quickly() -> None:
    department = Department.model_validate({"id": "all", "names": "everybody"})
    parts = product("bdfglmnprs", "aeiou", ("ra", "lo", "ni"), "tnrs")
    syllables = ["".join(part) for part in parts]
    names = [f"{a}o {b}ini" for a in syllables[:320] for b in syllables[:320]]
    contacts = [
        Contact(id=f"p{number}", name=name, department="all")
        for number, name in enumerate(names[:100_000])
    ]
    assert len(contacts) == 100_000
    directory = Directory([department], contacts)
    times: list[float] = []
    for contact in contacts[:: len(contacts) // 15]:
        start = time.thread_time()
        found = directory.find(contact.name, "it")
        times.append(time.thread_time() - start)
        assert contact.id in [candidate.id for candidate in found.candidates]
    assert median(times) < 0.1


def test_a_word_that_begins_like_a_service_in_another_language_names_no_department() -> None:
    billing = Department.model_validate(
        {
            "id": "billing",
            "names": {"en": "accounting", "de": "Buchhaltung"},
            "services": {"de": ["eine Lastschrift"]},
        }
    )
    directory = Directory([billing], [])
    assert directory.find("who won the football last night", "en").outcome == "unknown"
    assert directory.find("the Lastschrift", "en").outcome == "found"


def at(identifier: str, name: str, **place: str) -> Contact:
    return Contact(id=identifier, name=name, department="sales", place=place)


OFFICES = Directory(
    [Department.model_validate({"id": "sales", "names": {"en": "sales", "it": "vendite"}})],
    [
        at("rome", "Maria Rossi", en="Rome", it="Roma"),
        at("upstairs", "Maria Rossi", en="second floor", it="secondo piano"),
        at("milan", "Maria Bianchi", en="Milan", it="Milano"),
    ],
)


@pytest.mark.parametrize(
    ("language", "phrase", "beside", "who"),
    [
        ("en", "Maria Rossi in Rome", "", "rome"),
        ("en", "Maria Rossi on the second floor", "", "upstairs"),
        ("en", "Maria in Milan", "", "milan"),
        ("en", "Maria Rossi", "Rome", "rome"),
        ("en", "Maria Rossi", "the second floor", "upstairs"),
        ("it", "Maria Rossi di Roma", "", "rome"),
        ("it", "Maria Rossi al secondo piano", "", "upstairs"),
    ],
)
def test_homonyms_are_told_apart_by_where_they_work(
    language: str, phrase: str, beside: str, who: str
) -> None:
    found = OFFICES.find(phrase, language, beside)
    assert (found.outcome, [candidate.id for candidate in found.candidates]) == ("found", [who])


def test_a_place_where_nobody_of_that_name_works_narrows_nothing() -> None:
    found = OFFICES.find("Maria Rossi in Milan", "en")
    assert found.outcome == "ambiguous"
    assert {candidate.id for candidate in found.candidates} == {"rome", "upstairs"}
