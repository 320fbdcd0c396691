"""The suite against its peer, schemathesis, and against its own bounds, in one run on one machine.

``python benchmarks/conformance.py`` prints the tables and writes them to ``benchmarks/conformance.md``; ``--quick``
takes fewer samples and every twelfth mutant, and writes nothing. The peers take turns, so that a busy machine slows
them alike.
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from attrs import evolve, frozen

from btcdirect_conformance import mutants
from btcdirect_conformance import profile as profiles
from btcdirect_conformance.cases import all_cases
from btcdirect_conformance.contract import folder, load_contract
from btcdirect_conformance.exchange import Exchange
from btcdirect_conformance.judgement.oracle import judge
from btcdirect_conformance.run.options import Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.server.fixtures import Fixtures
from btcdirect_conformance.server.running import running_server

HERE = Path(__file__).parent
TUNED_OUT = (
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "positive_data_acceptance",
    "unsupported_method",
    "allow_header_conformance",
)
"""Checks of schemathesis that fail correct servers of this API, whatever the mutant."""
MEMORY = 4 * 1024**3
"""Bytes that schemathesis may take for one mutant."""


@frozen
class Cost:
    """What a command took."""

    wall: float
    cpu: float
    status: int


def spent(command: Sequence[str]) -> Cost:
    """Runs a command and counts the CPU of its process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, process.returncode)


def script(name: str) -> str:
    """A console script beside this interpreter."""
    return str(Path(sys.executable).parent / name)


@contextmanager
def served(profile: Path) -> Generator[str, None, None]:
    """The reference server in a process of its own, so that its CPU is not counted."""
    command = [script("btcdirect-conformance"), "serve", "--port", "0", "--profile", str(profile)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        match = re.search(r"is at (\S+)\. ", said)
        if match is None:
            raise SystemExit(f"serve did not start: {said}")
        # What it logs would fill the pipe and stop it.
        drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)  # noqa: S607
        try:
            yield match[1]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
            drain.wait()


def whole_runs(turns: int) -> dict[str, tuple[float, float]]:
    """Wall and CPU seconds of whole runs: ours, ours without fuzzing, and schemathesis at its defaults."""
    with tempfile.TemporaryDirectory() as place:
        profile = Path(place) / "profile.toml"
        with served(profile) as base_url:
            ours = [script("btcdirect-conformance"), "run", "--target", str(profile)]
            commands = {
                "btcdirect-conformance run": ours,
                "btcdirect-conformance run --fuzz-requests 0": [*ours, "--fuzz-requests", "0"],
                "schemathesis run": [
                    *(script("schemathesis"), "run", str(folder() / "openapi.yaml"), "--url", base_url),
                    *(argument for header in headers(Fixtures()) for argument in ("-H", header)),
                ],
            }
            costs: dict[str, list[Cost]] = {name: [] for name in commands}
            for _ in range(turns):
                for name, command in commands.items():
                    costs[name].append(spent(command))
    failed = [name for name, taken in costs.items() if name.startswith("btc") and any(cost.status for cost in taken)]
    if failed:
        raise SystemExit(f"{failed[0]} did not pass the reference server")
    return {name: (median(c.wall for c in taken), median(c.cpu for c in taken)) for name, taken in costs.items()}


def headers(fixtures: Fixtures) -> tuple[str, str]:
    """Valid credentials, as the command line of schemathesis takes them."""
    return f"X-Api-Key: {fixtures.api_key}", f"User-Authorization: Bearer {fixtures.user_token}"


def judged() -> tuple[int, float, float]:
    """Requests of a run without fuzzing; µs for the oracle, and for all that judges, to judge one exchange."""
    seen: list[Exchange] = []

    def kept(exchanges: Sequence[Exchange], _: object) -> tuple[()]:
        seen.extend(exchanges)
        return ()

    cases = all_cases()
    with running_server() as server:
        watching = [evolve(case, judge=kept) for case in cases if case.plan]
        options = Options(fuzz_requests=0, seed=1)
        record = asyncio.run(run_suite(profiles.parse(server.profile, {}), options, cases=watching))
    contract = load_contract()
    exchanges = sorted(seen, key=lambda exchange: exchange.number)

    def oracle() -> None:
        for exchange in exchanges:
            judge(exchange, contract)

    def everything() -> None:
        oracle()
        for case in cases:
            if not case.plan:
                case.judge(exchanges, contract)

    each = 1e6 / len(exchanges)
    return record.requests, best(oracle) * each, best(everything) * each


def best(act: Callable[[], None], times: int = 7) -> float:
    """Seconds of the fastest of several goes: the one that the machine's other work disturbed least."""
    taken: list[float] = []
    gc.disable()
    for _ in range(times):
        started = time.perf_counter()
        act()
        taken.append(time.perf_counter() - started)
    gc.enable()
    return min(taken)


@frozen
class Peer:
    """What schemathesis made of one mutant."""

    name: str
    default: bool
    tuned: bool


def peer(name: str) -> Peer:
    """Whether schemathesis fails a mutant, at its defaults and tuned, as a library in this process."""
    return Peer(name, default=_fails(name, ()), tuned=_fails(name, TUNED_OUT))


def _fails(name: str, without: Sequence[str]) -> bool:
    import schemathesis
    from schemathesis.engine import Status, events, from_schema

    mutant = mutants.MUTANTS[name]
    with running_server(mutant) as server:
        valid = dict(line.split(": ", 1) for line in headers(server.fixtures))
        toml = "\n".join(
            [
                "seed = 1",
                f'base-url = "{server.base_url}"',
                f"request-timeout = {0.5 if mutant.wire and mutant.wire.stalls else 10}",
                "[headers]",
                *(f'"{field}" = "{value}"' for field, value in valid.items()),
                "[cache]",
                "enabled = false",
                *(("[generation]", "with-security-parameters = false") if without else ()),
                *(f"[checks.{check}]\nenabled = false" for check in without),
            ]
        )
        document: Any = load_contract().document
        config = schemathesis.Config.from_str(toml)
        schema = schemathesis.openapi.from_dict(document, config=config)
        for event in from_schema(schema).execute():
            if isinstance(event, events.NonFatalError | events.FatalError):
                return True
            if isinstance(event, events.ScenarioFinished) and event.status in (Status.FAILURE, Status.ERROR):
                return True
    return False


def peers(names: Sequence[str]) -> list[Peer]:
    """Schemathesis against the mutants, each in a process of its own, as many at a time as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(_apart, names))


def _apart(name: str) -> Peer:
    """One mutant, whatever it does to schemathesis: one answer of many errors takes all memory there is."""
    command = [sys.executable, __file__, "--peer", name]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    passed = json.loads(run.stdout) if run.returncode == 0 else {"default": True, "tuned": True}
    return Peer(name, **passed)


def limit_memory() -> None:
    """This process gets no more than ``MEMORY``, where the system can see to that."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def described(
    runs: Mapping[str, tuple[float, float]],
    judging: tuple[int, float, float],
    rows: Sequence[mutants.Row],
    theirs: Sequence[Peer],
    start: tuple[float, float],
) -> str:
    """The tables, as Markdown."""
    ours, theirs_run = runs["btcdirect-conformance run"], runs["schemathesis run"]
    requests, oracle, everything = judging
    faults = {row.name: row for row in rows if row.expected}
    needed = [row.requests_until_caught for row in faults.values() if row.requests_until_caught is not None]
    helping, bare = start
    by_peer = {peer.name: peer for peer in theirs}
    of_faults = [one for one in theirs if one.name in faults]
    of_variants = [one for one in theirs if one.name not in faults]
    ours_found = sum(not faults[one.name].problem for one in of_faults)
    ours_failed = sum(bool(row.problem) for row in rows if not row.expected and row.name in by_peer)
    lines = [
        "# The suite, measured",
        "",
        (
            f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores, "
            f"schemathesis {version('schemathesis')}. Written by `nox -s bench`."
        ),
        "",
        "## A whole run against the reference server",
        "",
        "| | wall, s | CPU, s |",
        "|---|---:|---:|",
        *(f"| `{name}` | {wall:.2f} | {cpu:.2f} |" for name, (wall, cpu) in runs.items()),
        f"| ours to theirs (bound 1, aim 0.5) | {ours[0] / theirs_run[0]:.2f} | {ours[1] / theirs_run[1]:.2f} |",
        "",
        "## Bounds",
        "",
        "| | measured | bound |",
        "|---|---:|---:|",
        f"| requests of a run without fuzzing | {requests} | 400 |",
        f"| the oracle judges one exchange | {oracle:.1f} µs | 50 µs |",
        f"| everything judges one exchange | {everything:.1f} µs | |",
        f"| requests until a mutant is caught, median | {median(needed):g} | 30 |",
        f"| requests until a mutant is caught, most | {max(needed)} | |",
        f"| `btcdirect-conformance --help` | {helping:.2f} s | 0.3 s |",
        f"| `python -c pass`, for comparison | {bare:.2f} s | |",
        "",
        f"## The mutants, {len(of_faults)} faults and {len(of_variants)} correct variants",
        "",
        "| | faults found | correct variants failed |",
        "|---|---:|---:|",
        f"| this suite, without fuzzing | {ours_found} | {ours_failed} |",
        f"| schemathesis at its defaults | {_count(of_faults, 'default')} | {_count(of_variants, 'default')} |",
        f"| schemathesis, tuned | {_count(of_faults, 'tuned')} | {_count(of_variants, 'tuned')} |",
        "",
        (
            "Where it fails the reference server itself, what it finds says nothing. Tuned leaves out the checks "
            f"{', '.join(TUNED_OUT)}. Where it runs out of {MEMORY // 1024**3} GB, that counts as a failure found."
        ),
        "",
    ]
    return "\n".join(lines)


def _count(seen: Sequence[Peer], how: str) -> int:
    return sum(getattr(one, how) for one in seen)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer samples; writes nothing")
    parser.add_argument("--peer", metavar="NAME", help="only what schemathesis makes of one mutant, as JSON")
    options = parser.parse_args()
    if options.peer:
        limit_memory()
        found = peer(options.peer)
        print(json.dumps({"default": found.default, "tuned": found.tuned}))
        return
    quick: bool = options.quick
    turns = 1 if quick else 5
    names = [name for place, name in enumerate(mutants.MUTANTS) if not quick or place % 12 == 0]
    runs = whole_runs(turns)
    commands = ([script("btcdirect-conformance"), "--help"], [sys.executable, "-c", "pass"])
    helping, bare = (min(spent(command).wall for _ in range(2 * turns + 1)) for command in commands)
    rows = list(mutants.matrix(names))
    text = described(runs, judged(), rows, peers(names), (helping, bare))
    print(text)
    if not quick:
        (HERE / "conformance.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
