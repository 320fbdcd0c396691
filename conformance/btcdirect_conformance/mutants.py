"""The kill matrix: the suite against every server that is wrong on purpose and every correct one that differs.

A fault that no case catches is a case that is missing; a variant that fails is a case that claims more than the
documents say.
"""

import asyncio
import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from difflib import get_close_matches
from statistics import median
from time import perf_counter
from types import FrameType

from attrs import asdict, evolve, frozen

from . import profile as profiles
from .cases import Case, all_cases
from .contract import Contract
from .exchange import Exchange
from .judgement.violation import Violation
from .profile import ProfileError
from .run.options import Options
from .run.runner import run_suite
from .server.faults import FAULTS, Fault
from .server.running import running_server
from .server.variants import VARIANTS, Variant
from .transport.sockets import Unreachable
from .usage import complain, until_nobody_reads
from .verdict import Level, Outcome

Mutant = Fault | Variant

MUTANTS: Mapping[str, Mutant] = {**FAULTS, **VARIANTS}

_SEED = 1
_TIMEOUT = 10.0
_SHORT_TIMEOUT = 0.5
"""Seconds, for servers that stall: the limit runs out on every exchange that they spoil."""


@frozen
class Row:
    """What the suite made of one server."""

    name: str
    category: str
    sentence: str
    expected: str
    """The case that must catch it; empty for a variant, which none may catch."""
    caught_by: tuple[str, ...]
    """Every case that failed."""
    requests_until_caught: int | None
    """How many requests had been sent when the first deviation showed."""
    requests: int
    seconds: float
    problem: str
    """Why this row is not as it should be; empty if it is."""


def judge(name: str) -> Row:
    """The suite against one mutant, without fuzzing: what chance finds is not counted on."""
    mutant = MUTANTS[name]
    started = perf_counter()
    first: list[int] = []
    cases = [evolve(case, judge=_noting(case, first)) for case in all_cases()]
    stalls = mutant.wire is not None and mutant.wire.stalls
    with running_server(mutant) as server:
        profile = profiles.parse(server.profile, {})
        limits = evolve(profile.limits, timeout_seconds=_SHORT_TIMEOUT if stalls else _TIMEOUT)
        options = Options(strict=True, seed=_SEED, unsafe_methods=True, fuzz_requests=0, target=name)
        try:
            record = asyncio.run(run_suite(evolve(profile, limits=limits), options, cases=cases))
        except (ProfileError, Unreachable) as error:
            return _unjudged(mutant, str(error), perf_counter() - started)
    failed = tuple(result.id for result in record.results if result.outcome is Outcome.FAIL)
    broken = [f"{result.id}: {result.reason}" for result in record.results if result.outcome is Outcome.ERROR]
    expected = _expected(mutant)
    return Row(
        name=name,
        category=_category(mutant),
        sentence=mutant.sentence,
        expected=expected,
        caught_by=failed,
        requests_until_caught=min(first, default=None),
        requests=record.requests,
        seconds=perf_counter() - started,
        problem=f"the suite broke: {broken[0]}" if broken else _problem(mutant, failed),
    )


def selected(prefixes: Sequence[str]) -> tuple[str, ...]:
    """The mutants whose name or category begins with one of the prefixes; all of them without any.

    Raises:
        LookupError: A prefix selects none.
    """
    categories = {name: _category(mutant) for name, mutant in MUTANTS.items()}
    for prefix in prefixes:
        if not any(name.startswith(prefix) or category.startswith(prefix) for name, category in categories.items()):
            near = get_close_matches(prefix, [*MUTANTS, *categories.values()], n=1, cutoff=0.4)
            raise LookupError(
                f"--only {prefix}: no mutant or category begins so" + (f"; did you mean {near[0]}?" if near else "")
            )
    chosen = tuple(prefixes) or ("",)
    return tuple(
        name for name, category in categories.items() if name.startswith(chosen) or category.startswith(chosen)
    )


def matrix(names: Sequence[str], jobs: int | None = None) -> Iterator[Row]:
    """A row for each of the mutants, as they are done.

    Args:
        names: Of mutants.
        jobs: How many processes; one for each core by default.
    """
    workers = min(jobs or os.cpu_count() or 1, len(names))
    # Not fork: the server's thread and the reports' progress must not be copied half-way.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        try:
            for done in as_completed([pool.submit(judge, name) for name in names]):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # who interrupts it waits for no more than what has begun


def command(*, only: tuple[str, ...], as_json: bool, jobs: int | None) -> int:
    """The ``mutants`` command: prints the matrix and returns the exit status."""
    try:
        names = selected(only)
    except LookupError as error:
        return complain(str(error.args[0]))
    if jobs is not None and jobs < 1:
        return complain(f"--jobs is a number from 1, not {jobs}")
    started = perf_counter()
    order = {name: place for place, name in enumerate(names)}
    with _ended_by(signal.SIGINT, signal.SIGTERM):
        rows = sorted(_watched(matrix(names, jobs), len(names)), key=lambda row: order[row.name])
    if as_json:
        with until_nobody_reads():
            print(json.dumps({"rows": [asdict(row) for row in rows], "seconds": perf_counter() - started}, indent=2))
    else:
        _print(rows, perf_counter() - started)
    return int(any(row.problem for row in rows))


@contextmanager
def _ended_by(*signals: signal.Signals) -> Generator[None]:
    """Ends with 128 and the signal's number, in the background as well, and no process is left behind."""

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _category(mutant: Mutant) -> str:
    return mutant.category if isinstance(mutant, Fault) else "variant"


def _expected(mutant: Mutant) -> str:
    return mutant.caught_by if isinstance(mutant, Fault) else ""


def _unjudged(mutant: Mutant, reason: str, seconds: float) -> Row:
    """The run ended before its first case: the suite took the server for another, or blamed the profile."""
    return Row(mutant.name, _category(mutant), mutant.sentence, _expected(mutant), (), None, 0, seconds, reason)


def _problem(mutant: Mutant, failed: tuple[str, ...]) -> str:
    if isinstance(mutant, Fault):
        if mutant.caught_by in failed:
            return ""
        return f"caught, but not by {mutant.caught_by}" if failed else "survives"
    wrong = [case for case in failed if case not in mutant.warned_by]
    if wrong:
        return f"a correct server fails {', '.join(wrong)}"
    spared = [case for case in mutant.warned_by if case not in failed]
    return f"{', '.join(spared)} no longer warns" if spared else ""


def _noting(case: Case, first: list[int]) -> Callable[[Sequence[Exchange], Contract], Sequence[Violation]]:
    """The case's judgement, with a note of which request showed the first deviation."""

    def noted(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
        violations = case.judge(exchanges, contract)
        if case.level is not Level.INFO:
            first.extend(violation.exchange.number for violation in violations)
        return violations

    return noted


def _watched(rows: Iterator[Row], total: int) -> list[Row]:
    from rich.console import Console
    from rich.progress import Progress  # late: half of --help's budget

    console = Console(stderr=True)
    if not console.is_terminal:
        return list(rows)
    with Progress(console=console, transient=True) as progress:
        return list(progress.track(rows, total=total, description="mutants"))


def _print(rows: Sequence[Row], seconds: float) -> None:
    from rich.table import Table

    from .report.console import make_console

    table = Table(box=None, pad_edge=False)
    for heading in ("mutant", "expected case", "also caught by", "requests", "verdict"):
        table.add_column(heading, justify="right" if heading == "requests" else "left", overflow="fold")
    category = ""
    for row in rows:
        if row.category != category:
            category = row.category
            table.add_section()
            table.add_row(f"[bold]{category}[/]")
        others = [case for case in row.caught_by if case != row.expected]
        until = "" if row.requests_until_caught is None else str(row.requests_until_caught)
        good = "[green]caught[/]" if row.expected else "[green]passes[/]"
        verdict = f"[red]{row.problem}[/]" if row.problem else good
        table.add_row(row.name, row.expected, _short(others), until, verdict)
    console = make_console(markup=True, width=None if sys.stdout.isatty() else 160)
    console.print(table)
    console.print(f"\n{summary(rows)} {seconds:.0f} s.")


def _short(cases: Sequence[str]) -> str:
    return ", ".join(cases[:2]) + (f" and {len(cases) - 2} more" if len(cases) > 2 else "")


def summary(rows: Sequence[Row]) -> str:
    """The matrix in two sentences."""
    faults = [row for row in rows if row.expected]
    variants = [row for row in rows if not row.expected]
    caught = sum(not row.problem for row in faults)
    passed = sum(not row.problem for row in variants)
    needed = [row.requests_until_caught for row in faults if row.requests_until_caught is not None]
    said = [f"{caught} of {len(faults)} faults caught by their case"] if faults else []
    said += [f"{passed} of {len(variants)} correct variants passed"] if variants else []
    took = f" Requests until caught: median {median(needed):g}, most {max(needed)}." if needed else ""
    return f"{', '.join(said)}.{took}"
