"""What tools say, in the language of the call; a line is never said twice alike in a row."""

from receptionist.tools.contract import ToolContext


def say(context: ToolContext, key: str, **values: str) -> str:
    """Returns the next variant of line `key` of `prompts/<language>/tools.yaml`, filled in."""
    variants = context.snapshot.texts[context.language].tools.get(key, ())
    if not variants:
        return ""
    variant = variants[context.said[key] % len(variants)]
    context.said[key] += 1
    return variant.format(**values)
