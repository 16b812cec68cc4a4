"""What tools say, in the language of the call; a line is never said twice alike in a row."""

import re

from receptionist.tools.contract import ToolContext

_BEGINNING = re.compile(r"(?:^|(?<=[.!?] ))\w")
_ENDS = (".", "!", "?")


def say(context: ToolContext, key: str, **values: str) -> str:
    """Returns the next variant of line `key` of `prompts/<language>/tools.yaml`, filled in."""
    variants = context.snapshot.texts[context.language].tools.get(key, ())
    if not variants:
        return ""
    variant = variants[context.said[key] % len(variants)]
    context.said[key] += 1
    said = variant.format(**values)
    if not variant.endswith(_ENDS):
        return said
    return _BEGINNING.sub(lambda letter: letter[0].upper(), said)
