"""Very many calls through a network that breaks: no wrong answer, no mix-up, nothing left behind.

``BTCDIRECT_SOAK_CALLS`` says how many calls; ``nox -s soak`` makes 200,000 and prints the table.
"""

import asyncio
import contextlib
import gc
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Literal

import pytest
from attrs import define, field
from tests.client.loopback import API_KEY, access_token_of, owner_of

from btcdirect import ApiKey, AsyncClient, Client, LivenessCheck, RetryPolicy, errors

ROOT = Path(__file__).parents[2]
CALLS = int(os.environ.get("BTCDIRECT_SOAK_CALLS", "1000"))
SHARES = {"sync": 0.2, "httpx": 0.5, "aiohttp": 0.3}
IN_FLIGHT = 32
RETRY = RetryPolicy(max_retries=3, initial=0.005, maximum=0.05)
PASSING = (errors.TransportError, errors.Timeout, errors.InvalidResponse)

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="counts sockets by /proc, which only Linux has"
)


@define
class Tally:
    """What came of the calls."""

    outcomes: Counter[str] = field(factory=Counter[str])
    wrong: list[str] = field(factory=list[str])
    faults: dict[str, int] = field(factory=dict[str, int])
    objects: list[int] = field(factory=list[int])
    resident: list[float] = field(factory=list[float])
    seconds: float = 0.0
    sockets_left: int = 0
    tasks_left: int = 0

    def note(self, number: int, result: LivenessCheck | errors.BtcDirectError) -> None:
        """Judge what came of a call. Every tenth one asked for an order that is not the user's."""
        order, foreign = str(number), number % 10 == 0
        match result:
            case LivenessCheck() if foreign or result.access_token != access_token_of(order):
                self.wrong.append(f"order {order}: somebody else's answer")
            case LivenessCheck():
                self.outcomes["right answer"] += 1
            case errors.OrderNotOwned() if foreign:
                self.outcomes["right refusal"] += 1
            case errors.InvalidResponse(status_code=502) | errors.TransportError() | errors.Timeout():
                self.outcomes[type(result).__name__] += 1
            case _:
                self.wrong.append(f"order {order}: {result!r}")

    def measure(self) -> None:
        """Take the size of the process, with no call in flight."""
        gc.collect()
        self.objects.append(len(gc.get_objects()))
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        self.resident.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


def user_of(number: int) -> str:
    """The user who asks for an order: its owner, but in every tenth call another one."""
    return owner_of(str(number + 1 if number % 10 == 0 else number))


@contextlib.contextmanager
def broken_network(tally: Tally) -> Generator[str]:
    """The server behind the faulty proxy, in a process of its own."""
    command = [sys.executable, "-m", "tests.client.faulty_proxy", "480213"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        out, _ = process.communicate()
        tally.faults = json.loads(out)


def open_files() -> int:
    """How many files and sockets the process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - one call, no objects


def soak_blocking(tally: Tally, base_url: str, numbers: Iterator[int], halves: list[int]) -> None:
    """Threads that share one client."""
    with Client(ApiKey(API_KEY), base_url=base_url, timeout=1.0, deadline=10.0, retry=RETRY) as client:

        def call(number: int) -> None:
            try:
                result: LivenessCheck | errors.BtcDirectError = client.as_user(user_of(number)).get_liveness(number)
            except errors.BtcDirectError as error:
                result = error
            tally.note(number, result)

        for half in halves:
            with ThreadPoolExecutor(IN_FLIGHT) as pool:
                for _ in pool.map(call, [next(numbers) for _ in range(half)]):
                    pass
            tally.measure()


async def soak_awaiting(
    tally: Tally, base_url: str, numbers: Iterator[int], halves: list[int], backend: Literal["httpx", "aiohttp"]
) -> None:
    """Tasks that share one client."""
    options = {"base_url": base_url, "timeout": 1.0, "deadline": 10.0}
    async with AsyncClient(ApiKey(API_KEY), backend=backend, retry=RETRY, **options) as client:

        async def work(todo: Iterator[int]) -> None:
            for _ in todo:
                number = next(numbers)
                try:
                    result: LivenessCheck | errors.BtcDirectError
                    result = await client.as_user(user_of(number)).get_liveness(number)
                except errors.BtcDirectError as error:
                    result = error
                tally.note(number, result)

        for half in halves:
            todo = iter(range(half))
            await asyncio.gather(*(work(todo) for _ in range(IN_FLIGHT)))
            tally.measure()
    tally.tasks_left = len(asyncio.all_tasks()) - 1


@pytest.fixture(scope="module")
def tallies() -> Generator[dict[str, Tally]]:
    """The tallies of all kinds, printed in the end."""
    tallies: dict[str, Tally] = {}
    yield tallies
    if "BTCDIRECT_SOAK_CALLS" in os.environ:
        print("\n" + table(tallies))


def table(tallies: dict[str, Tally]) -> str:
    """The tallies in Markdown."""
    rows: dict[str, list[object]] = {}
    for column, tally in enumerate(tallies.values()):
        cells: dict[str, object] = {
            "calls": sum(tally.outcomes.values()) + len(tally.wrong),
            "seconds": round(tally.seconds),
            "**wrong answers, mix-ups**": len(tally.wrong),
            **{name: tally.outcomes[name] for name in ("right answer", "right refusal")},
            **{f"gave up: {error.__name__}": tally.outcomes[error.__name__] for error in PASSING},
            **{f"fault: {name}": tally.faults[name] for name in sorted(tally.faults) if name != "pass"},
            "objects, half-way and end": " → ".join(f"{number:,}" for number in tally.objects),
            "resident MiB, half-way and end": " → ".join(f"{size:.1f}" for size in tally.resident),
            "sockets left": tally.sockets_left,
            "tasks left": tally.tasks_left,
        }
        for name, cell in cells.items():
            rows.setdefault(name, [""] * column).append(f"{cell:,}" if isinstance(cell, int) else cell)
    lines = [f"| {name} | " + " | ".join(map(str, cells)) + " |" for name, cells in rows.items()]
    return "\n".join([f"| | {' | '.join(tallies)} |", "|---" * (len(tallies) + 1) + "|", *lines])


@pytest.mark.parametrize("kind", list(SHARES))
def test_no_fault_of_the_network_makes_a_wrong_answer(tallies: dict[str, Tally], kind: str) -> None:
    """Every call ends in the right answer or in an error that names the fault; no socket, task or memory is left."""
    tally, calls, numbers = Tally(), int(CALLS * SHARES[kind]), count(1_000_000)
    halves = [calls // 2, calls - calls // 2]
    before, started = open_files(), time.monotonic()
    with broken_network(tally) as base_url:
        with_pipes = open_files()
        if kind == "sync":
            soak_blocking(tally, base_url, numbers, halves)
        else:
            asyncio.run(soak_awaiting(tally, base_url, numbers, halves, "aiohttp" if kind == "aiohttp" else "httpx"))
        gc.collect()
        tally.sockets_left = open_files() - with_pipes
    assert open_files() == before
    tally.seconds = time.monotonic() - started
    tallies[kind] = tally
    assert (tally.wrong, tally.sockets_left, tally.tasks_left) == ([], 0, 0)
    assert sum(tally.outcomes.values()) == calls
    assert tally.outcomes["right answer"] > 0.85 * calls
    assert sum(number for name, number in tally.faults.items() if name != "pass") > 0.02 * calls
    assert tally.objects[1] - tally.objects[0] < 2000
    assert tally.resident[1] - tally.resident[0] < 16
