"""Live progress on stderr while a run lasts; a line now and then where stderr is no terminal."""

from collections import Counter
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from btcdirect_conformance.verdict import CaseResult

from .console import STYLES, make_console
from .summary import Standing, standing
from .text import visible

EVERY = 30.0
"""Seconds between the lines where nothing can be drawn: who waits for a run sees that it lives, and why it waits."""

_SHOWN = (Standing.FAILED, Standing.ERROR, Standing.WARNING, Standing.SKIPPED)


class Progress:
    """What runs, the counts so far and the requests used of the budget.

    A context manager around the run. Its methods may be called from any thread or task.
    """

    def __init__(
        self,
        target: str,
        *,
        cases: int,
        max_requests: int,
        strict: bool = False,
        console: Console | None = None,
        every: float = EVERY,
    ) -> None:
        """Prepares the view; nothing is drawn before the context is entered.

        Args:
            target: What is judged.
            cases: How many cases the run has.
            max_requests: The budget.
            strict: Whether a deviation from a SHOULD counts as a failure.
            console: Where to draw; stderr if left out.
            every: Seconds between two lines on a console that is no terminal.
        """
        self._target = target
        self._cases = cases
        self._budget = max_requests
        self._strict = strict
        self._console = console or make_console(stderr=True)
        self._every = every
        self._over = Event()
        self._teller: Thread | None = None
        self._lock = Lock()
        self._running: dict[str, None] = {}
        self._counts: Counter[Standing] = Counter()
        self._done = 0
        self._requests = 0
        self._pause = ""
        self._spinner = Spinner("dots")
        self._live = Live(get_renderable=self.view, console=self._console, transient=True, redirect_stdout=False)

    def __enter__(self) -> Self:
        if self._console.is_interactive:
            self._live.start()
        else:
            self._teller = Thread(target=self._tell, name="progress", daemon=True)
            self._teller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        self._over.set()
        if self._teller is not None:
            self._teller.join()

    def case_started(self, case_id: str) -> None:
        """A case is on its way; several may be."""
        with self._lock:
            self._running[case_id] = None

    def case_finished(self, result: CaseResult) -> None:
        """A case has its verdict."""
        with self._lock:
            self._running.pop(result.id, None)
            self._done += 1
            self._counts[standing(result, strict=self._strict)] += 1

    def request_sent(self) -> None:
        """One more request of the budget is used."""
        with self._lock:
            self._requests += 1
            self._pause = ""

    def waiting(self, seconds: float, reason: str) -> None:
        """The run pauses: a rate limit, or an answer 429. Shown until the next request."""
        with self._lock:
            self._pause = f"waiting {seconds:.0f} s: {reason}"

    def line(self) -> str:
        """How far the run is and what it does now, in a line."""
        with self._lock:
            now = self._pause or ", ".join(reversed(self._running)) or self._target
            return visible(f"{self._done}/{self._cases} cases, {self._requests}/{self._budget} requests; {now}")

    def _tell(self) -> None:
        while not self._over.wait(self._every):
            self._console.print(self.line(), soft_wrap=True)

    def view(self) -> Group:
        """Two lines: how far the run is, and what it does now."""
        with self._lock:
            now = self._pause or ", ".join(reversed(self._running))
            counts = [
                Text(f"{each.symbol} {self._counts[each]}", STYLES[each]) for each in _SHOWN if self._counts[each]
            ]
            figures = Text.assemble(
                f"{self._done}/{self._cases} cases",
                ("  ", ""),
                Text("  ").join(counts) if counts else "",
                "  " if counts else "",
                f"{self._requests}/{self._budget} requests",
            )
            bar = ProgressBar(
                total=max(self._cases, 1),
                completed=self._done,
                width=None,
                complete_style="blue",
                finished_style="blue",
            )
        first = Table.grid(padding=(0, 1), expand=True)
        first.add_column(width=1)
        first.add_column(no_wrap=True, overflow="ellipsis")
        first.add_column(ratio=1, min_width=6)
        first.add_row(self._spinner, figures, bar)
        second = Text(f"  {visible(now or self._target)}", style="dim", no_wrap=True, overflow="ellipsis")
        return Group(first, second)
