"""The client against its peers: CPU as ratios, in one run, against one loopback server in a process of its own.

``python benchmarks/client.py`` prints the table and writes it to ``benchmarks/client.md``; ``--quick`` takes fewer
samples and writes nothing. The peers take turns, so that a busy machine slows them alike; every ratio is the median
over the turns.
"""

import argparse
import asyncio
import gc
import json
import os
import platform
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.client.loopback import API_KEY, owner_of  # noqa: E402

from btcdirect import ApiKey, AsyncClient, Attempt, Client  # noqa: E402

ORDER = "480213"
PATH = f"/api/v2/buy/{ORDER}/identification/liveness"
HEADERS = {"X-Api-Key": API_KEY, "User-Authorization": f"Bearer {owner_of(ORDER)}"}
IN_FLIGHT = 20
WATCHED, POLL_SECONDS = 10_000, 20
BOUNDS = {
    "ours": 0.75,
    "ours, async": 0.60,
    "ours, async, aiohttp": 0.22,
    "watch httpx": 60,
    "watch aiohttp": 30,
    "bytes": 1000,
    "import": 30,
    "construction": 1,
}


@contextmanager
def server() -> Generator[str]:
    """The loopback server in a process of its own, so that its CPU is not counted."""
    command = [sys.executable, "-m", "tests.client.loopback"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.communicate()


def cpu_of(work: Callable[[], object]) -> float:
    """The CPU seconds that it takes."""
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def in_turns(peers: dict[str, Callable[[], object]], turns: int, calls: int) -> dict[str, tuple[float, float]]:
    """Let the peers work in turns, the first one being the measure.

    Returns:
        Each one's microseconds of CPU a call, and its ratio to the first one's: medians over the turns.
    """
    for work in peers.values():
        work()
    samples: dict[str, list[float]] = {name: [] for name in peers}
    for turn in range(turns):
        names = list(peers)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            samples[name].append(cpu_of(peers[name]))
    first = samples[next(iter(peers))]
    return {
        name: (
            median(taken) / calls * 1e6,
            median(mine / measure for mine, measure in zip(taken, first, strict=True)),
        )
        for name, taken in samples.items()
    }


def generated_client(base_url: str) -> Any:
    """The plain generated client, with the headers that the endpoint wants."""
    from btcdirect._wire.client import AuthenticatedClient

    headers = {"User-Authorization": HEADERS["User-Authorization"]}
    return AuthenticatedClient(base_url, token=API_KEY, prefix="", auth_header_name="X-Api-Key", headers=headers)


def compare_sync(base_url: str, turns: int, calls: int) -> dict[str, tuple[float, float]]:
    """One call after another."""
    from btcdirect._wire.api.identification import get_buy_identification_liveness as operation

    with (
        httpx.Client(headers=HEADERS) as plain,
        generated_client(base_url) as generated,
        Client(ApiKey(API_KEY), base_url=base_url) as client,
    ):
        user = client.as_user(owner_of(ORDER))

        def repeated(call: Callable[[], object]) -> Callable[[], object]:
            return lambda: [call() for _ in range(calls)]

        peers = {
            "httpx.Client.get(url).json()": repeated(lambda: plain.get(base_url + PATH).json()),
            "generated, sync()": repeated(lambda: operation.sync(ORDER, client=generated)),
            "ours": repeated(lambda: user.get_liveness(ORDER)),
        }
        return in_turns(peers, turns, calls)


def compare_async(base_url: str, turns: int, calls: int) -> dict[str, tuple[float, float]]:
    """Twenty calls in flight at any time."""
    import aiohttp

    from btcdirect._wire.api.identification import get_buy_identification_liveness as operation

    with asyncio.Runner() as runner:

        def repeated(call: Callable[[], Awaitable[object]]) -> Callable[[], object]:
            async def work(todo: Any) -> None:
                for _ in todo:
                    await call()

            async def all_of_them() -> None:
                todo = iter(range(calls))
                await asyncio.gather(*(work(todo) for _ in range(IN_FLIGHT)))

            return lambda: runner.run(all_of_them())

        async def opened() -> Any:
            return (
                httpx.AsyncClient(headers=HEADERS),
                generated_client(base_url),
                AsyncClient(ApiKey(API_KEY), base_url=base_url),
                AsyncClient(ApiKey(API_KEY), base_url=base_url, backend="aiohttp"),
                aiohttp.ClientSession(headers=HEADERS),
            )

        plain, generated, ours, ours_aiohttp, session = runner.run(opened())

        async def by_httpx() -> object:
            return (await plain.get(base_url + PATH)).json()

        async def by_aiohttp() -> object:
            async with session.get(base_url + PATH) as response:
                return await response.json()

        user, user_aiohttp = (client.as_user(owner_of(ORDER)) for client in (ours, ours_aiohttp))
        peers = {
            "httpx.AsyncClient.get(url).json()": repeated(by_httpx),
            "generated, asyncio()": repeated(lambda: operation.asyncio(ORDER, client=generated)),
            "ours, async": repeated(lambda: user.get_liveness(ORDER)),
            "ours, async, aiohttp": repeated(lambda: user_aiohttp.get_liveness(ORDER)),
            "bare aiohttp, get(url).json()": repeated(by_aiohttp),
        }
        result = in_turns(peers, turns, calls)

        async def closed() -> None:
            await plain.aclose()
            await generated.get_async_httpx_client().aclose()
            await ours.close()
            await ours_aiohttp.close()
            await session.close()

        runner.run(closed())
    return result


def watch(base_url: str, backend: str, seconds: float) -> dict[str, float]:
    """Watch all orders for a while, in this process."""
    polls, worst, marks = 0, 0.0, dict[str, float]()

    async def main() -> None:
        nonlocal polls, worst

        def observe(_: Attempt) -> None:
            nonlocal polls, worst
            polls += 1
            worst = max(worst, watched.lateness)

        options: dict[str, Any] = {"base_url": base_url, "backend": backend, "on_attempt": observe}
        async with AsyncClient(ApiKey(API_KEY), **options) as client:
            orders = {order: owner_of(order) for order in map(str, range(WATCHED))}
            watched = client.watch(orders, poll=POLL_SECONDS, rate=WATCHED / POLL_SECONDS, concurrency=32)

            async def read() -> None:
                async for _ in watched:
                    pass

            reader = asyncio.ensure_future(read())
            started, cpu = time.monotonic(), time.process_time()
            await asyncio.wait([reader], timeout=seconds)
            marks.update(seconds=time.monotonic() - started, cpu=time.process_time() - cpu)
            reader.cancel()
            await asyncio.wait([reader])

    asyncio.run(main())
    rate = polls / marks["seconds"]
    return {"core %": 100 * marks["cpu"] / marks["seconds"], "polls/s": rate, "worst lateness s": worst}


class Instant(httpx.AsyncBaseTransport):
    """Answers without a network, so that what a watch keeps is all that grows."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """A pending check."""
        body = {"name": "liveness", "type": None, "status": "pending", "data": {"accessToken": request.url.path}}
        return httpx.Response(200, json=body)


def bytes_an_order() -> dict[str, float]:
    """What a watch keeps of an order that was polled once, its user's token included, in this process."""

    async def main() -> float:
        async with AsyncClient(ApiKey(API_KEY), http_client=Instant()) as client:
            orders = {str(order): f"user-token-{order}" for order in range(WATCHED)}
            async for _ in client.watch({"1": "t"}, until="pending"):
                pass
            gc.collect()
            tracemalloc.start()
            watched = client.watch(orders, poll=3600, rate=1e6, concurrency=32)
            for _ in range(WATCHED):
                await anext(watched)
            gc.collect()
            kept, _ = tracemalloc.get_traced_memory()
            await watched.aclose()
            return kept / WATCHED

    return {"bytes": asyncio.run(main())}


def construction() -> dict[str, float]:
    """Milliseconds for a second client, in this process."""

    def timed(make: Callable[[], Any]) -> float:
        started = time.perf_counter()
        client = make()
        taken = 1000 * (time.perf_counter() - started)
        if isinstance(client, Client):
            client.close()
        return taken

    result = {}
    for kind in (Client, AsyncClient):
        timed(lambda kind=kind: kind(ApiKey("first")))
        result[kind.__name__] = timed(lambda kind=kind: kind(ApiKey("second")))
    return result


CHILDREN: dict[str, Callable[..., dict[str, float]]] = {
    "watch": lambda base_url, backend, seconds: watch(base_url, backend, float(seconds)),
    "bytes": bytes_an_order,
    "construction": construction,
}


def child(*arguments: str) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--child", *arguments]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(output))


def import_milliseconds(samples: int) -> tuple[float, float]:
    """The median CPU times to import httpx, and the client with it, each in a new interpreter, in turns."""
    # Without click httpx leaves its own command line out, as it does where nothing but the client is installed.
    code = (
        "import sys, time; sys.modules['click'] = None; start = time.process_time(); import {}; "
        "print(1000 * (time.process_time() - start))"
    )
    taken: dict[str, list[float]] = {"httpx": [], "btcdirect": []}
    for _ in range(samples):
        for module, times in taken.items():
            command = [sys.executable, "-c", code.format(module)]
            times.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return median(taken["httpx"]), median(taken["btcdirect"])


def report(quick: bool) -> str:
    """Measure everything, and say it in Markdown."""
    turns, calls, seconds, samples = (3, 100, 8, 3) if quick else (41, 100, 50, 15)
    rows: list[tuple[str, str, str]] = []

    def judged(name: str, shown: str, value: float, unit: str = "") -> tuple[str, str, str]:
        bound = BOUNDS.get(name)
        return (
            name,
            shown,
            "" if bound is None else f"{'' if value <= bound else '**missed**: '}at most {bound:g}{unit}",
        )

    with server() as base_url:
        for compared in (compare_sync(base_url, turns, calls), compare_async(base_url, turns, calls)):
            rows += [judged(name, f"{cpu:.0f} µs, {ratio:.2f}", ratio) for name, (cpu, ratio) in compared.items()]
        for backend in ("httpx", "aiohttp"):
            result = child("watch", base_url, backend, str(seconds))
            rows.append(judged(f"watch {backend}", f"{result['core %']:.0f} % of a core", result["core %"], " %"))
            late = result["worst lateness s"]
            rows.append((f"watch {backend}: polls a second", f"{result['polls/s']:.0f}", f"{WATCHED / POLL_SECONDS:g}"))
            missed = "" if late <= POLL_SECONDS else "**missed**: "
            rows.append((f"watch {backend}: most late", f"{late:.1f} s", f"{missed}at most {POLL_SECONDS} s"))
    kept = child("bytes")["bytes"]
    rows.append(judged("bytes", f"{kept:.0f} an order", kept))
    plain, whole = import_milliseconds(samples)
    rows.append(judged("import", f"{whole:.0f} ms, {whole - plain:.1f} ms over httpx", whole - plain, " ms over httpx"))
    made = [child("construction") for _ in range(samples)]
    for kind in ("Client", "AsyncClient"):
        taken = median(sample[kind] for sample in made)
        _, shown, bound = judged("construction", f"{taken:.2f} ms", taken, " ms")
        rows.append((f"a second {kind}", shown, bound))
    table = "\n".join(f"| {name} | {shown} | {bound} |" for name, shown, bound in rows)
    return f"| | measured | bound |\n|---|---|---|\n{table}\n"


def described(table: str) -> str:
    """The table with what it was measured on."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("httpx", "httpcore", "aiohttp", "httpx-aiohttp", "attrs")
    )
    return f"""\
# Speed of the client

`nox -s bench` writes this. CPU is of the client's process alone, per call and as a ratio to the first peer of its
group, medians over turns; the server runs in a process of its own. Asynchronous peers have {IN_FLIGHT} calls in flight.
A watch has {WATCHED:,} orders of 100 users, a poll of each about every {POLL_SECONDS} s and
{WATCHED // POLL_SECONDS} a second at most in all.
OpenAPI Generator's client is not measured: its generator needs Java.

{table}
{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {packages}; {platform.system()} {platform.machine()},
{os.cpu_count()} cores.
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer samples, and nothing written")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, *rest = options.child
        print(json.dumps(CHILDREN[name](*rest)))
    else:
        found = report(options.quick)
        print(found)
        if not options.quick:
            (ROOT / "benchmarks" / "client.md").write_text(described(found), "utf-8")
