"""Live progress: what it shows on a terminal, and the few lines of it elsewhere."""

import os
import pty
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from threading import Event

import pytest
from rich.console import Console
from tests.conformance.helpers.records import result

from btcdirect_conformance.report.progress import EVERY, Progress
from btcdirect_conformance.verdict import Level, Outcome

CHECKOUT = Path(__file__).parents[2]
RUN = """
from tests.conformance.helpers.records import record, result
from btcdirect_conformance.report.progress import Progress
from btcdirect_conformance.report.terminal import print_report
with Progress("https://staging.example", cases=2, max_requests=500) as progress:
    progress.case_started("order.unknown")
    progress.request_sent()
    progress.case_finished(result())
print_report(record())
"""


def _shown(progress: Progress, width: int = 100) -> str:
    """The view as it stands now."""
    out = StringIO()
    Console(file=out, width=width, force_terminal=False).print(progress.view())
    return out.getvalue()


@pytest.fixture
def progress() -> Progress:
    """Of a run of ten cases that is drawn nowhere."""
    return Progress("https://staging.example", cases=10, max_requests=500, console=Console(file=StringIO()))


def test_counts_and_budget_are_shown(progress: Progress) -> None:
    """Cases done of all, requests used of the budget, what failed, and what runs."""
    progress.case_finished(result())
    progress.case_finished(result("a", Outcome.FAIL))
    progress.case_finished(result("b", Outcome.FAIL, level=Level.SHOULD))
    progress.case_finished(result("c", Outcome.SKIP))
    progress.case_started("order.foreign")
    for _ in range(7):
        progress.request_sent()
    shown = _shown(progress)
    assert "4/10 cases" in shown
    assert "✗ 1  ! 1  ○ 1" in shown
    assert "7/500 requests" in shown
    assert "order.foreign" in shown


def test_a_strict_run_counts_a_should_as_failed() -> None:
    """As its verdict will."""
    strict = Progress("x", cases=1, max_requests=1, strict=True, console=Console(file=StringIO()))
    strict.case_finished(result("b", Outcome.FAIL, level=Level.SHOULD))
    assert "✗ 1" in _shown(strict)


def test_a_pause_is_shown_until_the_next_request(progress: Progress) -> None:
    """So that a run that waits does not look like one that hangs."""
    progress.waiting(12, "the target answered 429")
    assert "waiting 12 s: the target answered 429" in _shown(progress)
    progress.request_sent()
    assert "waiting" not in _shown(progress)


@pytest.mark.parametrize("width", [20, 60, 100, 200])
def test_the_view_is_two_lines_at_any_width(progress: Progress, width: int) -> None:
    """A view that wraps would leave its lines behind."""
    progress.case_finished(result("a", Outcome.FAIL))
    progress.case_started("order." + "grammar-" * 40)
    lines = _shown(progress, width).splitlines()
    assert len(lines) == 2
    assert all(len(line) <= width for line in lines)


def test_hostile_reasons_are_made_visible(progress: Progress) -> None:
    """A pause may quote the target."""
    progress.waiting(1, "\x1b[2J[bold]")
    assert r"\x1b[2J[bold]" in _shown(progress)


def _in_a_terminal(**environment: str) -> tuple[str, str]:
    """The program with its stderr on a terminal of its own and its stdout in a pipe: both texts."""
    terminal, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", RUN],
            cwd=CHECKOUT,
            env={**os.environ, "TERM": "xterm-256color", **environment},
            stdout=subprocess.PIPE,
            stderr=theirs,
            check=True,
        )
        os.close(theirs)
        drawn = b""
        # Linux says EIO where others say end of file.
        while chunk := _read(terminal):
            drawn += chunk
    finally:
        os.close(terminal)
    return done.stdout.decode(), drawn.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def test_a_terminal_sees_progress_on_stderr_and_stdout_stays_clean() -> None:
    """The verdicts can be piped while the progress is watched."""
    out, drawn = _in_a_terminal()
    assert "1/2 cases" in drawn
    assert "1/500 requests" in drawn
    assert "\x1b" not in out
    assert out.splitlines()[-1] == "Conforms: 1 case passed."


def test_progress_takes_itself_away() -> None:
    """The last thing drawn clears the two lines and shows the cursor again."""
    _, drawn = _in_a_terminal()
    assert "\x1b[?25h" in drawn[drawn.rindex("cases") :]
    assert "\x1b[2K" in drawn[drawn.rindex("cases") :]


def test_no_color_leaves_the_progress_without_colour() -> None:
    """It still moves."""
    _, drawn = _in_a_terminal(NO_COLOR="1")
    assert "1/2 cases" in drawn
    assert not re.search(r"\x1b\[(?:\d+;)*(?:3[0-9]|9[0-7])", drawn)


def test_a_dumb_terminal_is_not_drawn_on() -> None:
    """It could not take the lines away again."""
    _, drawn = _in_a_terminal(TERM="dumb")
    assert drawn == ""


def test_a_pipe_gets_nothing_of_a_short_run() -> None:
    """Logs of CI servers stay readable."""
    done = subprocess.run([sys.executable, "-c", RUN], cwd=CHECKOUT, capture_output=True, check=True)
    assert done.stderr == b""


class _Log(StringIO):
    """A file that says when it has lines."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.complete = Event()
        self._lines = lines

    def flush(self) -> None:
        """Written out."""
        if self.getvalue().count("\n") >= self._lines:
            self.complete.set()


def test_a_pipe_gets_a_line_now_and_then_of_a_long_run() -> None:
    """Whoever waits sees that the run lives, and why it waits; nothing comes after its end."""
    log = _Log(lines=2)
    with Progress("t", cases=10, max_requests=500, console=Console(file=log, width=40), every=0.001) as progress:
        progress.case_finished(result())
        progress.request_sent()
        progress.waiting(60, "the target answered 429")
        assert log.complete.wait(60)
    lines = log.getvalue().splitlines()
    assert lines[-1] == "1/10 cases, 1/500 requests; waiting 60 s: the target answered 429"


def test_a_line_comes_at_least_every_minute() -> None:
    """A server of builds that hears nothing for long takes a run for dead."""
    assert EVERY <= 60
