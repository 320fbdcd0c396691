"""Targets or dates side by side: which cases differ, and which codes each target showed."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console


def run(paths: Sequence[Path], *, html: Path | None = None, console: Console | None = None) -> int:
    """The ``compare`` command: prints the comparison, writes it as HTML if asked to.

    Returns:
        The exit status: 0, or 2 when a file is missing or no report (said on stderr).
    """
    raise NotImplementedError(paths, html, console)
