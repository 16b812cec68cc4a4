"""Writes the topic that would answer a group of questions, ready for a file in `faq/`."""

import re

import yaml

from knowledge.phrasing import point_of, without_accents
from receptionist.questions.records import QuestionGroup

_WORDS_OF_ID = 5
_TITLE_CHARACTERS = 60


def topic_draft(group: QuestionGroup) -> str:
    """Returns a topic in YAML with the questions as asked; its answer is left to be written.

    A bundle with an answer that is still missing is refused, so none goes live by mistake.
    """
    example = group.examples[0]
    questions = [point_of(text, group.language) for text in group.examples]
    topic = {
        "id": _identifier(questions[0]) or f"question-{group.id}",
        "title": example[:_TITLE_CHARACTERS],
        "languages": {group.language: {"questions": list(dict.fromkeys(questions)), "answer": ""}},
    }
    block = yaml.safe_dump([topic], allow_unicode=True, sort_keys=False, width=100)
    nearest = f"; nearest topic: {group.nearest_topic}" if group.nearest_topic else ""
    return f"# Asked {group.count} times, last on {group.last_asked:%Y-%m-%d}{nearest}.\n{block}"


def _identifier(question: str) -> str:
    letters = without_accents(question.lower()).replace("'", " ")
    words = [word for word in re.findall(r"[a-z0-9]+", letters) if len(word) > 2]
    return "-".join(words[:_WORDS_OF_ID])
