"""What no model may say of its own: its instructions, and that somebody should dial 112."""

from collections.abc import Iterator, Sequence

from guardrails.claims.reader import ClaimReader
from guardrails.text.normaliser import words
from guardrails.verdict import Action, Detector, Stage, Verdict, worst
from receptionist.calls.instructions import canary
from receptionist.calls.plan import CallPlan
from receptionist.guard.contract import Judge
from receptionist.guard.hidden_rules import disguised, is_spelled, rules_of_line
from receptionist.tenants.config import TenantConfig

_KEPT_WORDS = 11
_KEPT_LETTERS = 80
"""Of what was said before: a rule comes in clauses, and what is spelled in pieces."""
_LEAK_LAW = "AI Act Art. 15(5); GDPR Art. 32"
_DIALS_LAW = "Annex III(5)(d): no evaluation, one class, one action"


class OwnWords:
    """A judge that also knows what one call's model was told.

    The rules of the product are secret, the tenant's are not compared: they are full of facts that
    callers are to be told in those very words. An emergency number may be named where the tenant's
    own answers name one; otherwise the product's sentence is said, and a person is fetched.

    What the tenant's own answers say was screened when it was written: only rules refuse it here.

    Args:
        reader: Knows how somebody is told to dial an emergency number.
        answers: Of the tenant.
        judge: Judges everything else.
        plan: Of the call.
    """

    def __init__(
        self, reader: ClaimReader, answers: "Answers", judge: Judge, plan: CallPlan
    ) -> None:
        self._reader = reader
        self._answers = answers
        self._judge = judge
        self._plan = plan
        self._canary = canary(plan.call_id)
        self._words: list[str] = []
        self._letters = ""

    @property
    def policy_hash(self) -> str:
        """Identifies the policy in force."""
        return self._judge.policy_hash

    def interim(self, text: str, language: str) -> Verdict:
        """Looks for emergencies in what a caller is saying."""
        return self._judge.interim(text, language)

    def turn(self, text: str, language: str, history: Sequence[str] = ()) -> Verdict:
        """Judges what a caller has said."""
        return self._judge.turn(text, language, history)

    def notes(self, text: str, language: str) -> frozenset[str]:
        """Returns every category whose rules fire on a turn."""
        return self._judge.notes(text, language)

    def say(self, category: str, language: str, turn: int = 0, **values: str) -> str:
        """Returns what the product says about a category."""
        return self._judge.say(category, language, turn, **values)

    def output(self, clause: str, language: str) -> Verdict:
        """Judges a clause that is about to be said."""
        verdict = self._judge.output(clause, language)
        if verdict.detector is Detector.HEAD and self._answers.hold(clause, language):
            verdict = Verdict(stage=Stage.OUTPUT, detector=Detector.STATE, language=language)
        if self._leaks(clause, language):
            leak = _refused("leak", "leak.instructions", _LEAK_LAW, language)
            verdict = worst(verdict, leak)
        if verdict.passes and self._dials(clause, language):
            verdict = _refused("emergency", "emergency.dials", _DIALS_LAW, language)
        return verdict

    def _leaks(self, clause: str, language: str) -> bool:
        said = words(clause, language)
        self._letters = (self._letters + "".join(said))[-_KEPT_LETTERS - len(clause) :]
        row = [*self._words, *said]
        self._words = row[-_KEPT_WORDS:]
        letters = [self._letters] if is_spelled(clause) else []
        letters += disguised(clause, language)
        return self._canary in self._letters or any(
            rules.are_said(row) or any(rules.are_spelled(each) for each in letters)
            for rules in rules_of_line(self._plan.snapshot.config)
        )

    def _dials(self, clause: str, language: str) -> bool:
        if not self._reader.dials(clause, language):
            return False
        answers = _written(self._plan.snapshot.config)
        return not any(self._reader.dials(answer, code) for code, answer in answers)


class Answers:
    """What a tenant's own answers say, to be found again in what is said.

    Args:
        config: Of the tenant.
    """

    def __init__(self, config: TenantConfig) -> None:
        rows: dict[str, list[str]] = {}
        for language, answer in _written(config):
            rows.setdefault(language, []).append(" ".join(words(answer, language)))
        self._texts = {language: f" {' | '.join(answers)} " for language, answers in rows.items()}

    def hold(self, clause: str, language: str) -> bool:
        """Returns whether `clause` stands in an answer of `language`, word for word."""
        said = " ".join(words(clause, language))
        return bool(said) and f" {said} " in self._texts.get(language, "")


def _written(config: TenantConfig) -> Iterator[tuple[str, str]]:
    """Yields the answers of a tenant with their languages."""
    for topic in config.topics:
        for language, wordings in topic.languages.items():
            yield language, wordings.answer


def _refused(category: str, rule: str, law: str, language: str) -> Verdict:
    return Verdict(
        action=Action.REFUSE,
        stage=Stage.OUTPUT,
        category=category,
        rule=rule,
        detector=Detector.RULES,
        score=1.0,
        law=law,
        language=language,
    )
