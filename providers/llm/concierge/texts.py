"""What one language gives the concierge: sentences to say and examples of what callers say."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator

from providers.errors import ProviderError
from providers.llm.concierge.capture.texts import CaptureTexts, Closed, Words
from providers.llm.concierge.vocabulary import Kind, Say

Variants = Annotated[tuple[str, ...], Field(min_length=1)]


class Intent(Closed):
    """How one kind of request sounds.

    Attributes:
        full: Regular expressions the whole utterance must match.
        search: Regular expressions any part of it may match. Named groups fill the arguments:
            `target` or `target2` (who), `maybe` (what may be somebody or a topic), `about`
            (the message), `destination` (whose hours), `service` (what is booked), `language`.
        exemplars: Sentences whose meaning is compared.
    """

    full: Words = ()
    search: Words = ()
    exemplars: Words = ()


class Thresholds(Closed):
    """From which cosine similarity, and which lead over the next intent, an exemplar decides."""

    sure: Annotated[float, Field(gt=0, lt=1)]
    margin: Annotated[float, Field(ge=0, lt=1)]


class Numerals(Closed):
    """Spoken numerals beside the plain number words, which every language has.

    Attributes:
        digits: Word to digit, every way it is said.
        teens: Word to two digits, 10..19.
        tens: Word or stem to a multiple of ten.
        hundred: Words and stems for a hundred.
        repeat: Word to how often the next digit is said (`double`).
        plus: Words for the leading plus of an international number.
        joiners: Words and marks that may stand inside a number.
    """

    digits: Mapping[str, str] = Field(default_factory=dict[str, str])
    teens: Mapping[str, str] = Field(default_factory=dict[str, str])
    tens: Mapping[str, str] = Field(default_factory=dict[str, str])
    hundred: Words = ()
    repeat: Mapping[str, int] = Field(default_factory=dict[str, int])
    plus: Words = ()
    joiners: Words = ()


class Parts(Closed):
    """Patterns that take an utterance to pieces.

    Attributes:
        fillers: Removed wherever they stand.
        lead_ins: Removed from the front while something is left.
        lead_outs: Removed from the end while something is left.
        joints: Where one utterance may hold two requests.
        question_starts: How a question begins.
        affirms: How a yes begins an answer; the rest is read on its own.
        denies: The same for a no.
        declines: How a no goes on that is still only a no; "no hot water" is not one.
        refers_back: Whole questions that mean nothing without the one before.
        negations: What is meant instead: groups `wrong` and `meant`; commas stand as ` , `.
        refusals: What is not wanted, and nothing else: group `wrong`.
        reached: The caller asks whether this is the company: group `firm`.
    """

    fillers: Words
    lead_ins: Words
    lead_outs: Words
    joints: Words
    question_starts: Words
    affirms: Words
    denies: Words
    declines: Words
    refers_back: Words
    negations: Words
    refusals: Words
    reached: Words


class Misheard(Closed):
    """What recognisers write down wrongly when it is all that is said.

    Attributes:
        days: Days of the week as they are spelled.
        not_days: Words that are nearly one, and are not.
        yes: Whole answers that mean yes.
        no: Whole answers that mean no.
    """

    days: Words
    not_days: Words
    yes: Words
    no: Words


class Routing(Closed):
    """Patterns about who is asked for.

    Attributes:
        anybody: A target that means any person at all.
        via: Targets that name a person through a field: `someone in <target>`.
        in_department: A name with its department: groups `name`, `department`.
        with_reason: A name with a reason: groups `name`, `reason`.
        articles: Removed from the front of a target.
        noise: Words that are no part of a name, in requests no pattern matched.
        not_targets: Words that are never somebody's name (`you`, `him`).
        ordinals: Position by pattern: 1 first, -1 last, 0 the one not named last.
        none_of_them: None of the people offered.
        any_of_them: Whichever of them.
        picks_person: Of person or message: the person.
        picks_message: Of person or message: the message.
        assistant_offers_person: Something else in this call has offered a person.
        assistant_offers_message: Something else in this call has offered a message.
        conjunction_or: Joins the last two of a list.
        department_words: First word of a department's name to how the name is then said.
        picks_earliest: Of the times offered: the first.
        picks_latest: Of the times offered: the last.
        wants_earlier: Earlier than the times offered.
        wants_later: Later than the times offered.
        wants_other_time: None of the times offered.
        refers: What is to be booked is what was spoken of last ("book one").
        undecided: The whole answer of a caller who does not know.
    """

    anybody: Words
    via: Words
    in_department: Words
    with_reason: Words
    articles: Words
    noise: Words
    not_targets: Words
    ordinals: Mapping[int, Words]
    none_of_them: Words
    any_of_them: Words
    picks_person: Words
    picks_message: Words
    assistant_offers_person: Words
    assistant_offers_message: Words
    conjunction_or: str
    department_words: Mapping[str, str] = Field(default_factory=dict[str, str])
    picks_earliest: Words
    picks_latest: Words
    wants_earlier: Words
    wants_later: Words
    wants_other_time: Words
    refers: Words
    undecided: Words


class Note(Closed):
    """Patterns about a message being taken.

    Attributes:
        signatures: Before a name in the middle of a sentence, where only capitals tell a name.
        introduces: A caller saying his name inside a sentence; group `name` runs on, and so
            does `both`, which counts only with first name and surname.
        origins: Words after a name that say where the caller calls from.
        name_answers: An answer to the question for the name; group `name`.
        name_stops: Words that end a name.
        particles: Words inside a name (`de`, `van`).
        about: A subject inside a sentence; group `about`.
        about_answers: Removed from the front of an answer to the question for the subject.
        about_ends: What follows a subject and is not part of it.
        call_back: An utterance asking for a call and saying nothing else.
        skips_number: The caller gives no number.
        reuses_number: The number given before is meant.
        corrects_name: Correction of the name; group `name`, which may be empty.
        corrects_number: Correction of the number.
        corrects_when: Correction of the day or the time.
        corrects_email: Correction of the e-mail address.
        corrects_about: Correction of the subject; group `about`, which may be empty.
        subject_call_back: The subject recorded when only a call is asked for.
    """

    signatures: Words
    introduces: Words
    origins: Words
    name_answers: Words
    name_stops: Words
    particles: Words
    about: Words
    about_answers: Words
    about_ends: Words
    call_back: Words
    skips_number: Words
    reuses_number: Words
    corrects_name: Words
    corrects_number: Words
    corrects_when: Words
    corrects_email: Words
    corrects_about: Words
    subject_call_back: str


class ConciergeTexts(Closed):
    """All the texts of one language.

    Attributes:
        phrases: Sentence to its variants, said in turn.
        macros: Name to regular expression; `<name>` in a pattern stands for it.
        intents: Kind of request to how it sounds, in order of precedence.
        topics: Sentences that ask about something: what an exemplar must beat.
    """

    phrases: Mapping[Say, Variants]
    macros: Mapping[str, str] = Field(default_factory=dict[str, str])
    intents: Mapping[Kind, Intent]
    topics: Words = ()
    thresholds: Thresholds
    parts: Parts
    misheard: Misheard
    numerals: Numerals
    routing: Routing
    note: Note
    capture: CaptureTexts

    @field_validator("phrases")
    @classmethod
    def _complete(cls, phrases: Mapping[Say, Variants]) -> Mapping[Say, Variants]:
        missing = sorted(set(Say) - phrases.keys())
        if missing:
            raise ValueError(f"phrases are missing: {', '.join(missing)}")
        return phrases


def parse(texts: Mapping[str, Any], *, provider: str) -> ConciergeTexts:
    """Returns the validated texts.

    Raises:
        ProviderError: a key is unknown or missing, or a value has the wrong form.
    """
    try:
        return ConciergeTexts.model_validate(texts)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'texts'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise ProviderError(
            f"the texts are not valid: {problems}.",
            provider=provider,
            fix="Correct prompts/<language>/concierge*.yaml.",
        ) from error
