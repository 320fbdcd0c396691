"""The consoles that the reports draw on, and the colours of the standings."""

import codecs
import os
import sys
from io import TextIOWrapper
from shutil import get_terminal_size

from rich.console import Console

from .summary import Standing

STYLES = {
    Standing.FAILED: "bold red",
    Standing.ERROR: "bold magenta",
    Standing.WARNING: "yellow",
    Standing.KNOWN: "cyan",
    Standing.SKIPPED: "dim",
    Standing.NOTED: "blue",
    Standing.PASSED: "green",
}
"""Colour only repeats what the symbol and the word say."""


_PLAIN = {"✓": "+", "✗": "x", "○": "o", "‼": "E", "≈": "=", "…": "~", "“": '"', "”": '"'}
"""What stands for a mark where an encoding has none, in as many columns."""


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(each, "?") for each in error.object[error.start : error.end]), error.end


codecs.register_error("btcdirect-conformance", _plain)


class _Console(Console):
    """A console whose reader may go away (``| head``): the rest is not printed, and the exit status stays the run's."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


def make_console(*, stderr: bool = False, markup: bool = False, width: int | None = None) -> Console:
    """A console that no encoding can break; rich heeds ``NO_COLOR`` and pipes.

    Args:
        stderr: Not stdout.
        markup: Whether brackets are rich's; not where a text may come from somewhere else.
        width: In columns, instead of the terminal's.
    """
    if width is None and not os.environ.get("COLUMNS", "1").strip("0"):
        width = get_terminal_size().columns  # rich would take 0, which says that nobody knows, for a width
    stream = sys.stderr if stderr else sys.stdout
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="btcdirect-conformance")  # a Windows code page has no ✗
    return _Console(stderr=stderr, markup=markup, width=width, highlight=False, emoji=False)
