"""What every command says and returns when something is wrong with the call, and when nobody reads on."""

import errno
import os
import sys
import traceback
from argparse import ArgumentTypeError
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

CONFORMS, DEVIATES, UNUSABLE, UNREACHABLE = 0, 1, 2, 3
"""Exit statuses. A run that a signal ends exits with 128 and the signal's number, as shells report it."""


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def place(error: Exception) -> str:
    """Where an exception was raised, without its text, which may hold a secret."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"at {Path(last.filename).name}:{last.lineno}"


def complain(problem: str, status: int = UNUSABLE) -> int:
    """Says on stderr what was wrong, and returns the exit status that goes with it."""
    tell(f"btcdirect-conformance: {problem}")
    return status


def tell(line: str) -> None:
    """Says something on stderr. Whether anybody reads it changes nothing."""
    if sys.stderr is None:  # closed, for which print would take stdout
        return
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)


class NotPrinted(Exception):  # noqa: N818 - says what is the matter
    """Stdout takes no more, though somebody reads it."""


@contextmanager
def until_nobody_reads() -> Generator[None, None, None]:
    """Ends early, and quietly, when whoever reads the output has seen enough and closed the pipe.

    Raises:
        NotPrinted: There is no room for it.
    """
    try:
        yield
        if sys.stdout is not None:  # as where it was closed before
            sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        _discard(sys.stdout)
        raise NotPrinted(f"the output cannot be written: {error.strerror}") from error


def _discard(stream: TextIO | None) -> None:
    """Sees that what is still buffered does not fail at exit."""
    if stream is None:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def some(text: str) -> str:
    """An option's value that is not left empty, as a variable that a script never set leaves it.

    Raises:
        ArgumentTypeError: It is empty.
    """
    if not text:
        raise ArgumentTypeError("expected a value, not an empty one")
    return text


def path(text: str) -> Path:
    """An option's file or folder; an empty one would be the folder that somebody is in.

    Raises:
        ArgumentTypeError: It is empty.
    """
    return Path(some(text))


def count(text: str) -> int:
    """An option's whole number.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not (text.isascii() and text.isdigit()):
        raise ArgumentTypeError(f"expected a whole number from 0, not {text!r}")
    return int(text)


def seed(text: str) -> int:
    """An option's seed.

    Raises:
        ArgumentTypeError: It is no whole number, or too large.
    """
    number = count(text)
    if number >= 2**32:
        raise ArgumentTypeError("expected a whole number below 4294967296")
    return number
