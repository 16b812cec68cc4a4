"""Judges texts by the policy; the one object of this package that calls and screens use."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from itertools import islice
from time import perf_counter_ns

from guardrails.head.contract import Head
from guardrails.misheard import Misheard
from guardrails.patterns.matcher import Hit, Matcher
from guardrails.policy.loader import FALLBACK
from guardrails.policy.models import LanguageRules, Policy
from guardrails.second_opinion import SecondOpinion
from guardrails.speech import sentence_for
from guardrails.text.sentences import raw_sentences, sentences
from guardrails.verdict import Action, Detector, Stage, Verdict, worst
from guardrails.window import earlier_words, newest_words

_PART = 4_000
"""Characters the head reads at once; of a longer text parts that overlap are read."""

_OVERLAP = 400
_MISHEARD = 0.9
"""Score of danger that is found in words read otherwise than they were heard."""

_SHORT = 8
"""Words below which a turn means little without the one before: "so, did I get it?"."""

_SENTENCES = 4
"""Sentences of a turn that are read alone as well; each costs ten milliseconds."""

_QUICK = 200
"""Characters of a turn that the head reads while the caller waits, in some 30 ms; of a longer one
what rules find stands."""

_CONFIG_SENTENCES = 200
"""Sentences of what an admin wrote that are read alone; nobody waits."""

_SAYING = 3
"""Words a sentence has that says something."""


class Guard:
    """Judges what callers say, what the assistant is about to say, and what admins write.

    It never changes: all calls of a process share it, on any thread.

    Attributes:
        policy: What it judges by.
    """

    def __init__(self, policy: Policy, head: Head | None = None) -> None:
        self.policy = policy
        self._head = head
        self._second = SecondOpinion(policy, head)
        self._matchers = {
            rules.language: Matcher(rules.rules) for rules in policy.languages.values()
        }
        self._windows = {
            rules.language: Matcher(
                rule for rule in rules.rules if policy.categories[rule.category].window
            )
            for rules in policy.languages.values()
        }
        self._misheard = {rules.language: Misheard(rules) for rules in policy.languages.values()}
        self._order = {category: place for place, category in enumerate(policy.categories)}

    def by_rules(self) -> "Guard":
        """Returns the same guard without what it knows of meaning; both share their tables."""
        other = copy(self)
        other._head = None
        other._second = SecondOpinion(self.policy, None)
        return other

    @property
    def policy_hash(self) -> str:
        """Returns the hash of everything that decides."""
        return self.policy.hash

    @property
    def knows_meaning(self) -> bool:
        """Returns whether it judges by meaning too, and not by rules alone."""
        return self._head is not None

    def interim(self, text: str, language: str) -> Verdict:
        """Judges the words of a caller who still speaks; rules alone."""
        return self._by_rules(text, Stage.INTERIM, language)

    def turn(self, text: str, language: str, history: Sequence[str] = ()) -> Verdict:
        """Judges what a caller has said; rules alone.

        Args:
            text: The turn.
            language: Of the call.
            history: The caller's earlier turns, the oldest first.
        """
        return self._by_rules(text, Stage.TURN, language, history)

    def semantic(
        self,
        text: str,
        language: str,
        history: Sequence[str] = (),
        stage: Stage = Stage.TURN,
    ) -> Verdict:
        """Judges by the meaning of `text`; it blocks, and raises what the engine raises."""
        started = perf_counter_ns()
        rules = self._rules(language)
        whole = _with_the_one_before(text, history)
        verdicts = (self._by_head(part, stage, rules.language) for part in _readings(whole))
        nothing = Verdict(stage=stage, language=rules.language)
        return _timed(worst(nothing, *verdicts), started)

    def doubts(
        self,
        text: str,
        language: str,
        history: Sequence[str] = (),
        stage: Stage = Stage.TURN,
    ) -> Mapping[str, float]:
        """Returns likelihoods that are at least half of their thresholds but do not reach them."""
        if self._head is None:
            return {}
        used = self._rules(language).language
        doubts: dict[str, float] = {}
        for part in _readings(_with_the_one_before(text, history)):
            for name, likelihood in self._head.likelihoods(part, used, stage).items():
                threshold = self.policy.categories[name].thresholds[stage]
                if threshold / 2 <= likelihood < threshold:
                    doubts[name] = max(likelihood, doubts.get(name, 0.0))
        return doubts

    def output(self, clause: str, language: str) -> Verdict:
        """Judges a clause the assistant is about to say."""
        return self.classify(clause, Stage.OUTPUT, language)

    def config(self, text: str, language: str) -> Verdict:
        """Judges what an admin has written, by its worst sentence."""
        return self.classify(text, Stage.CONFIG, language)

    def classify(
        self, text: str, stage: Stage, language: str, history: Sequence[str] = ()
    ) -> Verdict:
        """Judges `text` by every detector there is for `stage`."""
        started = perf_counter_ns()
        verdicts = [self._by_rules(text, stage, language, history)]
        if self._head is not None and stage is not Stage.INTERIM:
            texts = raw_sentences(text) if stage is Stage.CONFIG else (text,)
            verdicts.extend(
                self.semantic(part, language, history, stage) for part in texts if part.strip()
            )
        return _timed(worst(*verdicts), started)

    def notes(self, text: str, language: str, stage: Stage = Stage.TURN) -> frozenset[str]:
        """Returns every category with a rule that fires on `text`."""
        return frozenset(hit.rule.category for hit in self._hits(text, stage, language))

    def say(self, category: str, language: str, turn: int = 0, **values: str) -> str:
        """Returns what the product says about `category`.

        Args:
            category: Of the policy.
            language: Of the call.
            turn: A counter; sentences take turns with it.
            **values: `company`, `number` and `hotline`, as far as they are known.
        """
        known = {"number": self.policy.numbers.elsewhere.emergency} | values
        return sentence_for(self._rules(language).entries[category].say, turn, known)

    def _rules(self, language: str) -> LanguageRules:
        languages = self.policy.languages
        return languages.get(language[:2].lower()) or languages[FALLBACK]

    def _by_rules(
        self, text: str, stage: Stage, language: str, history: Sequence[str] = ()
    ) -> Verdict:
        started = perf_counter_ns()
        used = self._rules(language).language
        verdict = Verdict(stage=stage, language=used)
        hits = list(self._hits(text, stage, language, history))
        score = 1.0
        if not hits and stage in (Stage.INTERIM, Stage.TURN):
            hits, score = list(self._misheard[used].hits(text, stage)), _MISHEARD
        if hits:
            stand = hits
            if stage is Stage.CONFIG or len(text) <= _QUICK:
                stand = self._second.standing(hits, _heard(text, history, stage), stage, used)
            hit = min(stand or hits, key=lambda one: self._rank(one, stage))
            category = self.policy.categories[hit.rule.category]
            verdict = Verdict(
                action=category.actions[stage] if stand else Action.LOG,
                stage=stage,
                category=hit.rule.category,
                rule=hit.rule.rule,
                detector=Detector.RULES,
                score=score,
                law=category.law,
                language=used,
                excerpt=hit.excerpt,
            )
        return _timed(verdict, started)

    def _rank(self, hit: Hit, stage: Stage) -> tuple[int, int, str]:
        category = hit.rule.category
        severity = self.policy.categories[category].actions[stage].severity
        return -severity, self._order[category], hit.rule.rule

    def _hits(
        self, text: str, stage: Stage, language: str, history: Sequence[str] = ()
    ) -> Iterator[Hit]:
        rules = self._rules(language)
        look_at = rules.grammar.vocabulary.look_at
        newest = sentences(text, rules.language)
        matcher = self._matchers[rules.language]
        for sentence in newest:
            yield from matcher.hits(look_at(sentence), stage)
        if stage is Stage.TURN and history and newest:
            yield from self._hits_over_turns(rules, newest, history)

    def _hits_over_turns(
        self, rules: LanguageRules, newest: Sequence[Sequence[str]], history: Sequence[str]
    ) -> Iterator[Hit]:
        """Yields what reaches from earlier turns into the newest."""
        look_at = rules.grammar.vocabulary.look_at
        matcher = self._windows[rules.language]
        after = look_at(newest_words(newest))
        for words in earlier_words(history, rules.language, self.policy.window_turns):
            together = look_at(words).followed_by(after)
            yield from matcher.hits(together, Stage.TURN, across=len(words))

    def _by_head(self, text: str, stage: Stage, language: str) -> Verdict:
        verdict = Verdict(stage=stage, language=language)
        if self._head is None:
            return verdict
        likelihoods = self._head.likelihoods(text, language, stage)
        return worst(verdict, *self._over_threshold(likelihoods, stage, language))

    def _over_threshold(
        self, likelihoods: Mapping[str, float], stage: Stage, language: str
    ) -> Iterable[Verdict]:
        """Yields a verdict per category; of those below the threshold one that passes."""
        for name, category in self.policy.categories.items():
            action = category.unsure.get(stage)
            if action is None or name not in likelihoods:
                continue
            likelihood = float(likelihoods[name])
            if likelihood < category.thresholds[stage]:
                yield Verdict(stage=stage, score=likelihood, language=language)
                continue
            yield Verdict(
                action=action,
                stage=stage,
                category=name,
                detector=Detector.HEAD,
                score=likelihood,
                law=category.law,
                language=language,
            )


def _with_the_one_before(text: str, history: Sequence[str]) -> str:
    """Returns a short turn with the one before it, without which it would mean little."""
    return f"{history[-1]}, {text}" if history and len(text.split()) < _SHORT else text


def _heard(text: str, history: Sequence[str], stage: Stage) -> Iterator[str]:
    """Yields how the head reads what rules fired on, all that they may have fired on included."""
    yield from _readings(text)
    if history:
        yield ", ".join((*history, text))[-_QUICK:]
    if stage is Stage.CONFIG:
        yield from islice(raw_sentences(text), _CONFIG_SENTENCES)


def _readings(text: str) -> Iterator[str]:
    """Yields `text`, and its last sentences alone: what matters drowns in politeness."""
    yield from _parts(text)
    saying = [each for each in raw_sentences(text) if len(each.split()) >= _SAYING]
    if len(saying) > 1:
        yield from (each for each in saying[-_SENTENCES:] if len(each) <= _PART)


def _parts(text: str) -> Iterator[str]:
    for start in range(0, max(1, len(text) - _OVERLAP), _PART - _OVERLAP):
        yield text[start : start + _PART]


def _timed(verdict: Verdict, started: int) -> Verdict:
    return replace(verdict, latency_us=(perf_counter_ns() - started) // 1_000)
