"""Names are heard, spelled and asked apart in six languages."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.directory import Directory
from knowledge.name_hints import SMALL, expected_names
from knowledge.name_sounds import SOUNDS, name_languages, reading
from knowledge.name_spelling import unspelled
from knowledge.people import Contact, Department

pytestmark = pytest.mark.unit

SALES = Department.model_validate({"id": "sales", "names": {"en": "sales", "it": "vendite"}})


def directory(*names: str) -> Directory:
    contacts = [
        Contact(id=f"p{number}", name=name, department="sales") for number, name in enumerate(names)
    ]
    return Directory([SALES], contacts)


@pytest.mark.parametrize("language", ["de", "en", "es", "fr", "it", "pt"])
def test_six_languages_read_every_consonant(language: str) -> None:
    assert language in name_languages()
    silent = [
        letter for letter in "bcdfgjklmnpqrstvwxyz" if not reading(f"{letter}a", language)[:-1]
    ]
    assert silent == []


@given(word=st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=40), language=st.sampled_from(
    ["de", "en", "es", "fr", "it", "pt"]
))  # fmt: skip
def test_any_letters_are_read_in_the_shared_alphabet(word: str, language: str) -> None:
    assert set(reading(word, language)) <= set(SOUNDS)


@pytest.mark.parametrize(
    ("name", "language", "as_heard", "in_language"),
    [("chiara", "it", "kiara", "en"), ("beauchamp", "fr", "boshan", "en")],
)
def test_names_of_two_languages_meet_in_their_sounds(
    name: str, language: str, as_heard: str, in_language: str
) -> None:
    assert reading(name, language) == reading(as_heard, in_language)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "R-O-S-S-I"),
        ("en", "it is rosie r o double s i"),
        ("en", "R as in Rome, O as in Oscar, S for sugar, S for sugar, I as in ink"),
        ("it", "erre o doppia esse i"),
        ("it", "R come Roma, O come Otranto, S come Savona, S come Savona, I come Imola"),
        ("es", "erre o doble ese i"),
        ("fr", "erre o deux s i"),
        ("de", "R wie Richard, O wie Otto, doppel s, I wie Ida"),
        ("pt", "erre o dois s i"),
    ],
)
def test_spelled_letters_make_the_word(language: str, said: str) -> None:
    words = tuple(said.lower().replace("-", " ").replace(",", "").split())
    assert unspelled(words, language).words[-1] == "rossi"


@pytest.mark.parametrize("said", ["who are you", "why are you so late", "i am at a", "a b"])
def test_ordinary_words_are_not_letters(said: str) -> None:
    assert unspelled(tuple(said.split()), "en").spelled == frozenset()


def test_a_spelled_surname_beats_the_one_that_was_heard() -> None:
    people = directory("John Clark", "John Clarke")
    found = people.find("john clark c-l-a-r-k-e", "en")
    assert (found.outcome, found.candidates[0].id) == ("found", "p1")


@pytest.mark.parametrize(
    ("name", "language", "said"),
    [
        ("Daniele Ghezzi", "it", "cercavo da miele gezi"),
        ("Roberta Tosi", "it", "potrei parlare con Roberto Atosi"),
        ("Giulia De Luca", "en", "julia deluca"),
        ("Ian MacDonald", "en", "ian mac donald"),
        ("Anna D'Amico", "it", "anna damico"),
        ("Jean-Pierre Lefèvre", "fr", "jean pierre le fevre"),
        ("Giuseppe Verdi", "it", "beppe verdi"),
        ("José García", "es", "pepe garcia"),
        ("Cher", "en", "cher"),
    ],
)
def test_a_name_is_found_as_recognisers_write_it(name: str, language: str, said: str) -> None:
    found = directory(name, "Barbara Stone", "Kevin Hobbs").find(said, language)
    assert found.candidates
    assert getattr(found.candidates[0], "name", "") == name


def test_one_who_was_heard_badly_is_asked_about_not_announced() -> None:
    found = directory("Michele Landini", "Kevin Hobbs").find("michela landoro", "it")
    assert found.outcome == "ambiguous"
    assert len(found.candidates) == 1


def test_a_monologue_is_looked_up_in_a_moment() -> None:
    people = directory("Anna Bianchi", "Kevin Hobbs")
    story = " ".join(f"word{number % 97} story" for number in range(1500)) + " kevin hobbs"
    people.find("warm up", "en")
    began_s = time.thread_time()
    found = people.find(story, "en")
    assert time.thread_time() - began_s < 0.05
    assert found.candidates[0].id == "p1"


def test_a_name_without_letters_harms_nobody() -> None:
    people = directory("…", "Kevin Hobbs")
    assert people.find("kevin hobbs", "en").outcome == "found"


def test_hints_are_the_people_of_a_small_company_and_the_departments_of_a_large_one() -> None:
    contacts = [Contact(id=f"p{n}", name=f"Ann {n}", department="sales") for n in range(SMALL + 1)]
    assert expected_names([SALES], contacts[:1], "it") == ("Ann 0", "vendite")
    assert expected_names([SALES], contacts, "en") == ("sales",)
