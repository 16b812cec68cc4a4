"""Reads files in a process of its own, which the operating system ends when one takes too much.

The libraries that read documents can be kept busy for hours, or until the memory is full, by a file
of a few kilobytes; nothing inside a process can stop them. Started with `python -m`, it is given
`Task` as JSON and prints one `Answer` a line, in order; a file it has no answer to ended it.
"""

import logging
import signal
import sys
import warnings
from collections.abc import Iterator

from knowledge.documents.document import DocumentError, Limits
from knowledge.documents.reading import read
from knowledge.documents.task import Answer, Task

if sys.platform != "win32":
    import resource


def answers(task: Task) -> Iterator[Answer]:
    """Yields an answer per file; the process may be ended at any of them."""
    limits = Limits(**task.limits)
    _limit_memory(limits)
    for path in task.paths:
        _limit_time(limits)
        try:
            with path.open("rb") as file:
                content = file.read(limits.file_bytes + 1)
            yield Answer(extract=read(path.name, content, limits))
        except DocumentError as error:
            yield Answer(problem=str(error), line=error.line)
        except OSError as error:
            yield Answer(problem=f"cannot be read: {error.strerror}")


def _limit_memory(limits: Limits) -> None:
    if sys.platform != "win32":
        _lower(resource.RLIMIT_AS, limits.memory_bytes)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(limits: Limits) -> None:
    """Gives the next file its time: SIGXCPU or SIGALRM end the process when it is over."""
    if sys.platform != "win32":
        used = resource.getrusage(resource.RUSAGE_SELF)
        end_s = int(used.ru_utime + used.ru_stime) + limits.cpu_s + 1
        _lower(resource.RLIMIT_CPU, end_s)
        signal.setitimer(signal.ITIMER_REAL, limits.wall_s)


def _lower(kind: int, limit: int) -> None:
    """Sets a limit, unless whoever runs the machine has set a lower one."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(kind)
        lowest = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (lowest, hard))


def main() -> None:
    """Answers the task on standard input."""
    logging.disable()
    warnings.simplefilter("ignore")
    for answer in answers(Task.model_validate_json(sys.stdin.buffer.read())):
        sys.stdout.buffer.write(answer.model_dump_json().encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
