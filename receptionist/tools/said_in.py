"""Which language a time was said in: what came before a switch stays in its own words."""

from knowledge.relative_time import counts_from_now, from_now
from knowledge.when import Asked, understand
from receptionist.tools.contract import ToolContext


def said_in(words: str, context: ToolContext) -> str:
    """Returns the first language in which `words` say a time, that of the call before others.

    Words that say none in any of them, such as "as soon as possible", are the call's.
    """
    now = context.now().astimezone(context.snapshot.time_zone)
    for language in dict.fromkeys((context.language, *context.snapshot.config.languages)):
        when = understand(words, language, now.date())
        if when.asked is not Asked.NOW:
            return language
        if counts_from_now(words, language, when) and from_now(words, language, now):
            return language
    return context.language
