"""What sounds like a claim, in six languages and whatever is said."""

from pathlib import Path
from time import perf_counter

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.claims.models import Deed
from guardrails.claims.reader import ClaimReader, load_claims
from guardrails.policy.problem import PolicyError

pytestmark = pytest.mark.unit

READER = load_claims()
LANGUAGES = ("de", "en", "es", "fr", "it", "pt")
DEVELOPMENT = Path(__file__).parents[3] / "eval" / "data" / "guard" / "development"
_ALSO = {Deed.TRANSFERRED: {Deed.TRANSFERRED, Deed.TRANSFER_ANNOUNCED}}


def _development(language: str) -> tuple[list[tuple[str, Deed]], list[str]]:
    content = yaml.safe_load((DEVELOPMENT / language / "claims.yaml").read_text("utf-8"))
    claims = [(entry["text"], Deed(entry["action"])) for entry in content["claims"]]
    return claims, content["others"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_claims_are_told_from_offers_questions_and_denials(language: str) -> None:
    claims, others = _development(language)
    found = [bool(READER.claimed(text, language)) for text, _ in claims]
    exact = [
        bool(READER.claimed(text, language) & _ALSO.get(deed, {deed})) for text, deed in claims
    ]
    wrong = [text for text in others if READER.claimed(text, language)]
    assert sum(found) >= 0.95 * len(claims)
    assert sum(exact) >= 0.95 * len(claims)
    assert len(wrong) <= 0.03 * len(others), wrong


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I've booked it, so don't worry.", "en"),
        ("You're booked for Friday at two, is that right?", "en"),
        ("I can't say if the claim is paid, I'm putting you through.", "en"),
        ("I've booked Friday at two, if that suits you.", "en"),
        ("Das habe ich gebucht, machen Sie sich keine Sorgen.", "de"),
        ("Ist schon gebucht.", "de"),
        ("Le ho prenotato il tavolo, non si preoccupi.", "it"),
        ("È già prenotato.", "it"),
        ("Le he reservado mesa, no se preocupe.", "es"),
        ("Está reservado para usted.", "es"),
        ("Je vous ai réservé une table, ne vous inquiétez pas.", "fr"),
        ("Reservei a mesa, não se preocupe.", "pt"),
    ],
)
def test_what_is_said_beside_a_claim_does_not_hide_it(text: str, language: str) -> None:
    assert READER.claimed(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("If you give me the number, I'll have booked it in a second.", "en"),
        ("Have you been put through to anybody?", "en"),
        ("Wenn Sie mir die Nummer geben, trage ich den Rückruf ein.", "de"),
        ("Se mi dà il numero, la faccio richiamare.", "it"),
        ("Si me dice su teléfono, le llamará una compañera.", "es"),
        ("Dès que vous confirmez, je réserve la table.", "fr"),
        ("Se me der o e-mail, envio-lhe a morada.", "pt"),
    ],
)
def test_a_condition_makes_no_claim(text: str, language: str) -> None:
    assert READER.claimed(text, language) == frozenset()


def test_a_language_without_claims_is_read_as_english() -> None:
    assert READER.claimed("I've booked it.", "nl") == {Deed.APPOINTMENT_BOOKED}
    assert READER.truth(Deed.PAID, "nl") == READER.truth(Deed.PAID, "en")


def test_the_truth_about_every_deed_is_no_claim_itself() -> None:
    for language in LANGUAGES:
        for deed in Deed:
            for turn in range(2):
                truth = READER.truth(deed, language, turn)
                assert READER.claimed(truth, language) == frozenset(), truth


def test_truths_take_turns() -> None:
    assert len({READER.truth(Deed.SENT, "en", turn) for turn in range(4)}) == 2


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=400), language=st.sampled_from(LANGUAGES))
def test_whatever_is_said_can_be_read(text: str, language: str) -> None:
    assert READER.claimed(text, language) <= frozenset(Deed)


def test_a_clause_takes_well_under_a_millisecond() -> None:
    texts = [(text, "de") for text, _ in _development("de")[0]]
    fastest = min(_seconds(texts) for _ in range(5))
    assert fastest / len(texts) < 0.001


def _seconds(texts: list[tuple[str, str]]) -> float:
    started = perf_counter()
    for text, language in texts:
        READER.claimed(text, language)
    return perf_counter() - started


def _file(**changes: object) -> dict[str, object]:
    deeds = {deed.value: {"say": ["Not yet."], "any": [f"{deed.value} done"]} for deed in Deed}
    return {"classes": {}, "deeds": deeds} | changes


def _loaded(folder: Path, content: object, language: str = "en") -> ClaimReader:
    (folder / language).mkdir()
    (folder / language / "claims.yaml").write_text(yaml.safe_dump(content), "utf-8")
    return load_claims(folder)


def test_mistakes_are_named_with_their_place(tmp_path: Path) -> None:
    content = _file(denied=["not <nothing>"], offered=["(shall"])
    with pytest.raises(PolicyError, match="nothing") as caught:
        _loaded(tmp_path, content)
    files = {(problem.file, problem.line > 1) for problem in caught.value.problems}
    assert files == {("en/claims.yaml", True)}
    assert len(caught.value.problems) == 2


def test_a_language_knows_every_deed(tmp_path: Path) -> None:
    content = _file()
    deeds = content["deeds"]
    assert isinstance(deeds, dict)
    del deeds["paid"]
    with pytest.raises(PolicyError, match="paid"):
        _loaded(tmp_path, content)


def test_english_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="missing"):
        _loaded(tmp_path, _file(), language="de")
