"""What a question leaves out is taken from the last answer, in every language we speak."""

from datetime import date

import pytest

from knowledge.follow_up import asked_on
from knowledge.language_data import languages, read
from receptionist.tenants.snapshot import TenantSnapshot

pytestmark = pytest.mark.integration

TODAY = date(2026, 11, 23)


def found(demo: TenantSnapshot, question: str, language: str, after: str) -> str:
    best = demo.topics.search(question, language, today=TODAY, after=after).best
    return best.topic.id if best is not None else ""


@pytest.mark.parametrize(
    ("language", "after", "question", "meant"),
    [
        ("en", "boiler-service", "how much is that one", "boiler-service"),
        ("it", "boiler-service", "quanto costa quella", "boiler-service"),
        ("es", "boiler-service", "cuánto cuesta eso", "boiler-service"),
        ("fr", "boiler-service", "combien coûte celui-là", "boiler-service"),
        ("fr", "boiler-service", "c'est combien", "boiler-service"),
        ("fr", "care-plan", "et combien coûte-t-il", "care-plan"),
        ("de", "boiler-service", "was kostet das", "boiler-service"),
        ("de", "boiler-service", "und wie lange dauert das denn", "boiler-service"),
        ("pt", "boiler-service", "quanto custa isso", "boiler-service"),
        ("en", "parking", "and on Sunday", "parking"),
        ("it", "parking", "e di domenica", "parking"),
        ("es", "parking", "y el domingo", "parking"),
        ("fr", "parking", "et le dimanche", "parking"),
        ("de", "parking", "und am Sonntag", "parking"),
        ("pt", "parking", "e no domingo", "parking"),
    ],
)
def test_a_question_that_leaves_something_out_asks_on_about_the_last_topic(
    demo: TenantSnapshot, language: str, after: str, question: str, meant: str
) -> None:
    assert found(demo, question, language, after) == meant
    assert found(demo, question, language, "") != meant


@pytest.mark.parametrize(
    ("language", "after", "question", "meant"),
    [
        ("en", "boiler-service", "could I pay for it in instalments", "instalments"),
        ("fr", "boiler-service", "et où est-ce que je peux me garer", "parking"),
        ("fr", "parking", "et je peux payer par carte", "payment"),
        ("fr", "parking", "quel temps fera-t-il ce week-end", ""),
        ("fr", "boiler-service", "et qui a gagné le match hier", ""),
        ("de", "boiler-service", "und wo kann ich parken", "parking"),
        ("de", "parking", "und kann ich mit Karte zahlen", "payment"),
        ("de", "boiler-service", "wie wird das Wetter am Wochenende", ""),
        ("de", "boiler-service", "und wer hat das Spiel gestern gewonnen", ""),
    ],
)
def test_a_new_question_is_not_dragged_to_the_last_topic(
    demo: TenantSnapshot, language: str, after: str, question: str, meant: str
) -> None:
    assert found(demo, question, language, after) == meant


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_language_knows_how_a_question_goes_on(demo: TenantSnapshot, language: str) -> None:
    last = demo.config.topics[0]
    phrasing = read(language, "phrasing")
    for link in phrasing["links"]:
        assert asked_on(f"{link} xyz", language, last)
    for pointer in phrasing["pointers"]:
        assert asked_on(f"xyz {pointer.removesuffix('$')}", language, last)
