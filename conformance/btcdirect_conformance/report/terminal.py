"""The terminal view: verdicts on stdout, live progress on stderr while the run lasts."""

from types import TracebackType
from typing import Self

from rich.console import Console

from ..verdict import CaseResult, RunRecord


class Progress:
    """What runs, the counts so far and the requests used of the budget; silent where stderr is no terminal.

    A context manager around the run. Its methods may be called from any thread or task, and never raise.
    """

    def __init__(self, target: str, *, cases: int, max_requests: int, console: Console | None = None) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def case_started(self, case_id: str) -> None:
        """A case is on its way; several may be."""

    def case_finished(self, result: CaseResult) -> None:
        """A case has its verdict."""

    def request_sent(self) -> None:
        """One more request of the budget is used."""

    def waiting(self, seconds: float, reason: str) -> None:
        """The run pauses: a rate limit, or an answer 429. Shown until the next request."""


def print_report(record: RunRecord, *, verbose: bool = False, console: Console | None = None) -> None:
    """Prints the verdicts. ``verbose`` lists every case; otherwise what passed is only counted, by group."""
    console = console or Console()
    console.print(str(record.exit_status))
