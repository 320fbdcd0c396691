"""What every command says and returns when something is wrong with the call, and when nobody reads on."""

import os
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

CONFORMS, DEVIATES, UNUSABLE, UNREACHABLE = 0, 1, 2, 3
"""Exit statuses. A run that a signal ends exits with 128 and the signal's number, as shells report it."""


def place(error: Exception) -> str:
    """Where an exception was raised, without its text, which may hold a secret."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"at {Path(last.filename).name}:{last.lineno}"


def complain(problem: str, status: int = UNUSABLE) -> int:
    """Says on stderr what was wrong, and returns the exit status that goes with it."""
    print(f"btcdirect-conformance: {problem}", file=sys.stderr)
    return status


@contextmanager
def until_nobody_reads() -> Generator[None, None, None]:
    """Ends early, and quietly, when whoever reads the output has seen enough and closed the pipe."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
