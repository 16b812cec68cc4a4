"""How fast the topic index answers and loads, with 27, 1,000 and 10,000 entries."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from eval.engines import load
from eval.measures import spread
from knowledge.index_cache import IndexCache
from knowledge.passages import Passage
from knowledge.topic_index import TopicIndex
from knowledge.topics import Topic
from providers.spec import Slot
from receptionist.settings import Settings
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle

TODAY = date(2026, 11, 26)
SIZES = (1000, 10_000)
QUESTIONS = 200
_OF = (
    ("what does {} cost", "how much do you charge for {}", "the price of {}"),
    ("how long does {} take", "when will {} be done", "the time needed for {}"),
    ("is {} guaranteed", "what if {} goes wrong later", "the guarantee on {}"),
    ("can I book {}", "I would like an appointment for {}", "who do I call about {}"),
    ("can I cancel {}", "I no longer need {}", "what if I call off {}"),
    ("do I need papers for {}", "which documents are needed for {}", "the paperwork of {}"),
    ("can I pay for {} in instalments", "is there credit for {}", "spreading the cost of {}"),
    ("is {} possible at the weekend", "can I have {} on Sunday", "{} outside office hours"),
)
_DONE = ["repair", "cleaning", "painting", "delivery", "hire", "insurance", "storage", "inspection"]
_TO = (
    *(
        "kitchen",
        "bicycle",
        "piano",
        "garden",
        "roof",
        "carpet",
        "window",
        "laptop",
        "boat",
        "door",
    ),
    *("camera", "engine", "fence", "oven", "sofa", "tent", "guitar", "printer", "watch", "saddle"),
)
_KIND = ["small", "large", "old", "wooden", "Italian", "electric", "antique"]


def entries(count: int) -> list[Topic]:
    """Returns `count` topics of three questions each, no two alike."""
    jobs = (f"the {job} of a {kind} {thing}" for job, kind, thing in _jobs())
    asked = ((questions, job) for job in jobs for questions in _OF)
    return [
        Topic.model_validate(
            {
                "id": f"entry-{number}",
                "title": job,
                "languages": {
                    "en": {"questions": [q.format(job) for q in questions], "answer": f"{number}."}
                },
            }
        )
        for number, (questions, job) in enumerate(itertools.islice(asked, count))
    ]


def passages(count: int) -> list[Passage]:
    """Returns `count` passages of four sentences each."""
    text = "We do {0}. It takes three days. Ask for {0} at the desk. Prices depend on the size."
    jobs = itertools.cycle(f"the {job} of a {kind} {thing}" for job, kind, thing in _jobs())
    return [
        Passage(
            id=f"passage-{number}",
            text=text.format(job),
            source="Manual",
            heading=job,
            language="en",
        )
        for number, job in enumerate(itertools.islice(jobs, count))
    ]


def _jobs() -> Iterator[tuple[str, str, str]]:
    for thing, kind, job in itertools.product(_TO, _KIND, _DONE):
        yield job, kind, thing
        yield f"second {job}", kind, thing


def measure(settings: Settings) -> dict[str, Any]:
    """Time to build, to load from the cache and to answer, with what the embedding takes."""
    embed = load(Slot.EMBEDDINGS, "use-multilingual:default").embed
    embed(["warm up"])
    cache = IndexCache(settings.data_dir / "retrieval")
    demo = load_bundle(DEMO).topics
    tenants: dict[str, tuple[list[Topic], list[Passage]]] = {"demo": (list(demo), [])}
    tenants |= {f"{size} entries": (entries(size), []) for size in SIZES}
    tenants["10000 entries, 2000 passages"] = (entries(SIZES[-1]), passages(2000))
    return {name: _figures(*known, embed, cache) for name, known in tenants.items()}


def _figures(
    topics: list[Topic], documents: list[Passage], embed: Any, cache: IndexCache
) -> dict[str, Any]:
    seconds: list[float] = []
    index: TopicIndex | None = None
    for _ in range(2):
        began_s = time.perf_counter()
        index = TopicIndex(topics, embed, passages=documents, embedder="bench", cache=cache)
        seconds.append(time.perf_counter() - began_s)
    assert index is not None
    step = max(1, len(topics) // QUESTIONS)
    asked = [f"please {topic.languages['en'].questions[0]} now" for topic in topics[::step]]
    wall_ms: list[float] = []
    cpu_ms: list[float] = []
    right = 0
    for number in range(QUESTIONS):
        wall_s, cpu_s = time.perf_counter(), time.thread_time()
        found = index.search(asked[number % len(asked)], "en", today=TODAY)
        wall_ms.append((time.perf_counter() - wall_s) * 1000)
        cpu_ms.append((time.thread_time() - cpu_s) * 1000)
        meant = topics[::step][number % len(asked)].id
        right += found.best is not None and found.best.topic.id == meant
    return {
        "build_s": round(seconds[0], 2),
        "load_from_cache_s": round(seconds[1], 2),
        "question_ms": asdict(spread(wall_ms)),
        "question_cpu_ms": asdict(spread(cpu_ms)),
        "found": round(right / QUESTIONS, 3),
    }
