"""What a turn of the caller is: an answer to what was asked, a request, or nothing at all."""

from rapidfuzz import fuzz

from providers.llm.concierge import misses, pending
from providers.llm.concierge.grammar import MAX_CHARACTERS, plain
from providers.llm.concierge.state import Act
from providers.llm.concierge.turn import TASK_QUESTIONS, Turn
from providers.llm.concierge.vocabulary import Kind, Say
from providers.llm.concierge.yes_or_no import undecided

_END_CHARACTERS = 240
"""Who speaks for long says at the end what he wants."""
_SAME_FIRM = 85
_FIRM_WORDS_MAX = 6
_BARE_WORDS_MAX = 4
_SAID = 75
_MAY_REFUSE = (Kind.ROUTE, Kind.MESSAGE, Kind.HOURS, Kind.QUESTION, Kind.DENY)
"""A sentence of another kind ("I don't speak English") means what it says."""


def heard(turn: Turn, text: str) -> None:
    """Answers a turn, or puts what the caller wants into the queue."""
    state = turn.state
    reader = turn.language.details
    words = turn.grammar.tidy(text)
    state.caller = reader.introduced(words) or state.caller
    state.signed = reader.signed(text)
    state.ended = False
    if not any(character.isalnum() for character in words):
        misses.not_understood(turn)
    elif state.pending is None and reader.only_introduces(words):
        state.queue = (Act(kind=Kind.GREETING, text=words),)
    elif state.pending is None and undecided(turn.grammar, words):
        state.queue = (Act(kind=Kind.CAPABILITIES, text=words),)
    elif pending.answered_aside(turn, text) or pending.answered(turn, text):
        return
    elif not isinstance(state.pending, TASK_QUESTIONS) and reader.readers.numerals.whole(words):
        misses.digits(turn, text.strip())
    else:
        _wanted(turn, text, words)


def _wanted(turn: Turn, text: str, words: str) -> None:
    understanding = turn.language.understanding
    if _reaches(turn, words):
        turn.state.queue = (Act(kind=Kind.IDENTITY, text=words, target=turn.company),)
    elif acts := _instead(turn, text, words):
        turn.state.queue = acts
    elif _refuses(turn, text, words):
        turn.state.pending = None
        turn.say(Say.CANCELLED)
        turn.say(Say.HELP)
    else:
        acts = understanding.acts(text)
        if len(text) > MAX_CHARACTERS and _only_questions(acts):
            acts = understanding.acts(text[-_END_CHARACTERS:].partition(" ")[2])
            if _only_questions(acts):
                misses.too_much(turn)
                return
        turn.state.queue = acts


def _reaches(turn: Turn, words: str) -> bool:
    """Tells whether the caller asks if this is the company."""
    company = plain(turn.company)
    for source in turn.grammar.texts.parts.reached if company else ():
        found = turn.grammar.pattern(source).search(words)
        firm = found["firm"].strip() if found else ""
        if firm and len(firm.split()) <= _FIRM_WORDS_MAX and _is_firm(firm, company):
            return True
    return False


def _is_firm(firm: str, company: str) -> bool:
    if fuzz.ratio(firm, company) >= _SAME_FIRM:
        return True
    # Callers leave out half of a name, but not its first word.
    first = company.split()[0]
    return len(first) > len("the") and fuzz.ratio(firm.split()[0], first) >= _SAME_FIRM


def _instead(turn: Turn, text: str, words: str) -> tuple[Act, ...]:
    """Takes "I don't want sales, I want accounting" and "not Maria, Marco"."""
    found = turn.grammar.negation(text)
    whole = turn.language.understanding.by_pattern(words)
    if found is None or (whole is not None and whole.kind not in _MAY_REFUSE):
        return ()
    wrong, meant = found
    acts = turn.language.understanding.acts(meant)
    firm = not _only_questions(acts) or any(act.target for act in acts)
    named = _was_named(turn, wrong)
    if not firm and not named:
        return ()
    turn.state.pending = None
    if not firm and len(meant.split()) <= _BARE_WORDS_MAX:
        return (Act(kind=Kind.ROUTE, text=meant, target=meant),) if turn.state.party else acts
    return acts


def _refuses(turn: Turn, text: str, words: str) -> bool:
    wrong = turn.grammar.refusal(text)
    if not wrong:
        return False
    act = turn.language.understanding.by_pattern(words)
    return (act is not None and act.kind is Kind.ROUTE) or _was_named(turn, wrong)


def _was_named(turn: Turn, wrong: str) -> bool:
    """Tells whether the assistant has spoken of what the caller does not want."""
    party = turn.state.party
    said = plain(f"{turn.state.last_said} {party.name if party else ''}").split()
    return any(fuzz.ratio(word, other) >= _SAID for word in wrong.split() for other in said)


def _only_questions(acts: tuple[Act, ...]) -> bool:
    return all(act.kind is Kind.QUESTION for act in acts)
