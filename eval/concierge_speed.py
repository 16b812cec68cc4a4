"""CPU time of the embedded brain's turns, without recognition, voice or tools."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from eval.engines import load
from eval.measures import spread
from prompts.loader import available
from prompts.loader import load as load_texts
from providers.contracts import LLMOptions
from providers.llm.concierge.concierge import Concierge
from providers.llm.concierge.engine import ConciergeLLM
from providers.spec import Slot
from receptionist.tools.registry import TOOLS

COMPANY = "Brindlewick Home Services"
ROUNDS = 4
BREATH_WORDS = 3000
TURNS: Mapping[str, Sequence[str]] = {
    "en": (
        "hello is that brindlewick",
        "what time do you open on saturday and do you have parking",
        "my boiler makes a strange noise and there is water on the floor",
        "could you put me through to somebody in billing please",
        "i'd like somebody to call me back tomorrow after five about my invoice",
        "it's maggie o'brien, that's o apostrophe b r i e n",
        "oh seven seven double two, five five five, one two three",
        "no wait, the number ends in forty five",
        "actually i don't want billing, i want repairs",
    ),
    "it": (
        "a che ora aprite sabato e avete un parcheggio",
        "la caldaia fa un rumore strano e c'è acqua per terra",
        "mi può passare qualcuno della contabilità per favore",
        "vorrei essere richiamato domani dopo le cinque per la fattura",
        "mario rossi, erre o doppia esse i",
        "zero sei, cinquantacinque, venti, trentatré",
    ),
    "de": (
        "wann haben sie am samstag geöffnet und gibt es parkplätze",
        "die heizung macht ein seltsames geräusch und verliert wasser",
        "können sie mich morgen nach fünf wegen der rechnung zurückrufen",
        "null eins sieben eins, einundzwanzig, fünfunddreißig",
    ),
    "fr": (
        "à quelle heure ouvrez-vous samedi et est-ce qu'il y a un parking",
        "la chaudière fait un bruit bizarre et il y a de l'eau par terre",
        "pouvez-vous me rappeler demain après cinq heures pour ma facture",
        "zéro six, douze, trente-quatre, soixante-dix-huit",
    ),
    "es": (
        "a qué hora abren el sábado y tienen aparcamiento",
        "la caldera hace un ruido raro y hay agua en el suelo",
        "me pueden llamar mañana después de las cinco por la factura",
        "seis uno dos, treinta y cuatro, cincuenta y seis",
    ),
    "pt": (
        "a que horas abrem no sábado e têm estacionamento",
        "a caldeira faz um barulho estranho e há água no chão",
        "podem ligar-me amanhã depois das cinco por causa da fatura",
        "nove um dois, trinta e quatro, cinquenta e seis",
    ),
}


def turn_times() -> dict[str, Any]:
    """Returns the CPU time of a turn by language, and of 3,000 words in one breath."""
    brain: ConciergeLLM = load(Slot.LLM, "concierge:default")
    brain.warm_up()
    every: list[float] = []
    by_language: dict[str, float] = {}
    breaths: list[float] = []
    for code in sorted(TURNS.keys() & set(available())):
        options = LLMOptions(language=code, texts=load_texts(code).concierge, company=COMPANY)
        brain.prepare(options)
        turns_ms: list[float] = []
        for number in range(ROUNDS):
            # Another ending each time: the meaning of a sentence is kept once it is known.
            turns_ms += _call_ms(brain, options, [f"{turn} {number}" for turn in TURNS[code]])
        breath = " ".join(f"{word}{i % 97}" for i, word in enumerate(_words(code)))
        breaths += _call_ms(brain, options, [breath])
        by_language[code] = spread(turns_ms).p95
        every += turns_ms
    figures = spread(every)
    return {
        "turn_cpu_ms": {"n": figures.n, "p50": figures.p50, "p95": figures.p95, "max": figures.max},
        "turn_cpu_ms_p95_by_language": by_language,
        "3000_words_cpu_ms_max": spread(breaths).max,
    }


def _call_ms(brain: ConciergeLLM, options: LLMOptions, turns: Sequence[str]) -> list[float]:
    """Returns the CPU time of each turn of one call, the whole dialogue so far in its context."""
    mind = Concierge(brain.language(options), company=options.company)
    tools = [tool.name for tool in TOOLS]
    messages: list[dict[str, Any]] = []
    took_ms: list[float] = []
    for turn in turns:
        messages.append({"role": "user", "content": turn})
        began_s = time.thread_time()
        reply = mind.respond(messages, tools)
        took_ms.append((time.thread_time() - began_s) * 1000)
        messages.append({"role": "assistant", "content": reply.text or "One moment."})
    return took_ms


def _words(code: str) -> list[str]:
    words = " ".join(TURNS[code]).split()
    return [words[index % len(words)] for index in range(BREATH_WORDS)]
