"""What is said again after a noise cut a reply off."""

import re


def sentences_after(reply: str, heard: str) -> str:
    """Returns the part of `reply` to say again when only the words of `heard` were heard.

    It begins with the sentence that was cut off.
    """
    words_heard = len(heard.split())
    rest: list[str] = []
    for sentence in re.split(r"(?<=[.!?…])\s+", reply.strip()):
        words_heard -= len(sentence.split())
        if words_heard < 0:
            rest.append(sentence)
    return " ".join(rest)
