"""Serves a local language model on loopback in a process of its own: `python -m` this module.

It prints its address once the model is loaded, and ends when its standard input does: with the
process that started it, however that ends.
"""

import sys
from importlib import import_module
from typing import Any

READY = "listening on "


def main() -> None:
    """Serves until standard input ends: MODEL THREADS CONTEXT_TOKENS."""
    path, threads, context_tokens = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    llama: Any = import_module("xllamacpp")
    params = llama.CommonParams()
    params.model.path = path
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = context_tokens
    params.n_parallel = 1  # two answers at once would each be half as fast
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.cpuparams.poll = 0  # waiting threads leave the cores to the rest of the call
    params.cpuparams_batch.poll = 0
    params.use_jinja = True
    params.cache_prompt = True
    server = llama.Server(params)
    sys.stdout.write(f"{READY}{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
