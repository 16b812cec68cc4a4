"""Judges everything an admin has written by the policy, sentence by sentence.

Rules refuse. What only the head finds, or a language model confirms that the operator wants asked,
is a doubt, and a second person has to approve it. Texts are
not all alike:

- What the assistant is told or says is judged as configuration, by the rules of every language: an
  instruction counts in whatever language it is written.
- What callers may ask is no instruction. It is judged as their turn, and only hidden orders to the
  model are refused; a question the assistant would refuse to hear is worth a warning.
- A document is quoted, not obeyed: it may describe what people decide. Hidden orders and deception
  are refused in it, anything else a rule finds is asked about.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from guardrails.guard import Guard
from guardrails.judge import Ask
from guardrails.policy.loader import FALLBACK
from guardrails.policy.models import Policy
from guardrails.text.sentences import raw_sentences
from guardrails.verdict import Action, Detector, Stage, Verdict
from receptionist.tenants.finding import Location
from receptionist.tenants.screen_cache import Judged, Judgements, ScreenCache, name_of
from receptionist.tenants.screen_config import hash_of
from receptionist.tenants.screen_doubts import Doubts
from receptionist.tenants.screen_texts import Use, Written

_WORDS_FOR_HEAD = 4
"""Shorter texts are names; of a name the head sees the topic alone."""
_ORDERS = frozenset({"injection"})
_NEVER_QUOTED = frozenset({"injection", "manipulation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence in which something was found.

    Attributes:
        location: The way to the text it stands in.
        use: What that text is for.
        text: As it was written.
        judged: What was found.
    """

    location: Location
    use: Use
    text: str
    judged: Judged


class Screen:
    """Judges sentences, each once.

    Args:
        policy: With what is stricter for the tenant.
        guard: Makes a guard with this policy; asked only when there is something new.
        cache: What was judged before; kept is what everybody has judged who was to be asked.
        ask: Makes what asks a language model about doubts; asked only when there is something new.

    Attributes:
        seen: Hashes of all sentences it was shown, as approvals name them.
    """

    def __init__(
        self,
        policy: Policy,
        guard: Callable[[], Guard],
        cache: ScreenCache,
        ask: Callable[[], Ask | None] = lambda: None,
    ) -> None:
        self._policy = policy
        self._open = guard
        self._ask = ask
        self._doubts: Doubts | None = None
        self._rules: Guard | None = None
        self._cache = cache
        self.seen: set[str] = set()

    def sentences(self, texts: Iterable[Written], language: str) -> list[Sentence]:
        """Returns the sentences of `texts` in which something was found. Blocking.

        Args:
            texts: Of a tenant.
            language: Of texts that are written for none.
        """
        before = self._cache.read()
        now: dict[str, tuple[Judged, ...]] = {}
        found: list[Sentence] = []
        for written in texts:
            spoken = written.language or language
            for text in raw_sentences(written.text):
                sentence = " ".join(text.split())
                if sentence:
                    self.seen.add(hash_of(sentence))
                    judged = self._known(written.use, spoken, sentence, before, now)
                    found.extend(
                        Sentence(
                            location=written.location, use=written.use, text=sentence, judged=one
                        )
                        for one in judged
                    )
        complete = self._doubts is None or not self._doubts.silent
        if self._doubts is not None:
            self._doubts.close()
        if complete and now.keys() != before.keys():
            self._cache.write(now)
        return found

    def _known(
        self,
        use: Use,
        language: str,
        sentence: str,
        before: Judgements,
        now: dict[str, tuple[Judged, ...]],
    ) -> tuple[Judged, ...]:
        name = name_of(use, language, sentence)
        if name not in now:
            known = before.get(name)
            now[name] = self._judge(use, language, sentence) if known is None else known
        return now[name]

    def _judge(self, use: Use, language: str, sentence: str) -> tuple[Judged, ...]:
        if self._doubts is None or self._rules is None:
            opened = self._open()
            self._doubts, self._rules = Doubts(opened, self._ask()), opened.by_rules()
        match use:
            case Use.ASKED:
                return tuple(self._asked(self._rules, sentence, language))
            case Use.QUOTED:
                return tuple(self._quoted(self._rules, sentence))
            case Use.NAMED:
                return tuple(self._told(self._rules, sentence))
            case Use.TOLD:
                found = tuple(self._told(self._rules, sentence))
                return found or tuple(self._doubted(self._doubts, sentence, language, Stage.CONFIG))
            case Use.SAID:
                found = tuple(self._told(self._rules, sentence))
                return (
                    found
                    or tuple(self._unsaid(self._rules, sentence, language))
                    or tuple(self._doubted(self._doubts, sentence, language, Stage.OUTPUT))
                )

    def _unsaid(self, rules: Guard, sentence: str, language: str) -> Iterator[Judged]:
        """Yields what keeps a sentence from being said on a call; it does no harm here."""
        verdict = rules.output(sentence, language)
        if verdict.action is Action.REFUSE:
            yield self._judged(verdict, Action.LOG)

    def _asked(self, rules: Guard, sentence: str, language: str) -> Iterator[Judged]:
        verdict = rules.turn(sentence, language)
        if verdict.action is Action.REFUSE:
            order = verdict.category in _ORDERS
            yield self._judged(verdict, Action.REFUSE if order else Action.LOG)

    def _quoted(self, rules: Guard, sentence: str) -> Iterator[Judged]:
        for one in self._told(rules, sentence):
            kept = one.category in _NEVER_QUOTED or one.action is not Action.REFUSE
            yield one if kept else one.model_copy(update={"action": Action.ASK})

    def _told(self, rules: Guard, sentence: str) -> Iterator[Judged]:
        """Yields what the rules of any language find, each category once."""
        seen: set[str] = set()
        for language in self._policy.languages:
            verdict = rules.config(sentence, language)
            if verdict.passes:
                continue
            others = rules.notes(sentence, language, Stage.CONFIG)
            for category in (verdict.category, *sorted(others - {verdict.category})):
                action = self._policy.categories[category].actions.get(Stage.CONFIG, Action.PASS)
                if category not in seen and action in (Action.ASK, Action.REFUSE):
                    seen.add(category)
                    rule = verdict.rule if category == verdict.category else ""
                    yield self._finding(category, action, language, rule=rule)

    def _doubted(
        self, doubts: Doubts, sentence: str, language: str, stage: Stage
    ) -> Iterator[Judged]:
        if len(sentence.split()) < _WORDS_FOR_HEAD:
            return
        verdict = doubts.semantic(sentence, language, stage)
        category = self._policy.categories.get(verdict.category)
        if not verdict.passes and category is not None:
            yield self._judged(verdict, category.unsure.get(Stage.CONFIG, Action.LOG))

    def _judged(self, verdict: Verdict, action: Action) -> Judged:
        found = self._finding(verdict.category, action, verdict.language, rule=verdict.rule)
        detector = verdict.detector or Detector.RULES
        return found.model_copy(update={"detector": detector, "score": round(verdict.score, 4)})

    def _finding(self, category: str, action: Action, language: str, *, rule: str) -> Judged:
        languages = self._policy.languages
        entry = languages.get(language, languages[FALLBACK]).entries.get(category)
        return Judged(
            action=action,
            category=category,
            law=self._policy.categories[category].law,
            rule=rule,
            reword=entry.reword if entry else "",
        )
