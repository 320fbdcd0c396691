"""A watch over orders that answer by scripts, without HTTP, for virtual time."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any

from tests.client.virtual_time import simulate

from btcdirect import errors
from btcdirect._watch import Change, Watch
from btcdirect.clock import Clock
from btcdirect.liveness import LivenessCheck
from btcdirect.polling import Polling, condition_from
from btcdirect.redaction import Secret

Script = str | Exception
SETTLED = condition_from(None)


class Api:
    """What the orders answer, without HTTP: a script for each, the last step of which is repeated."""

    def __init__(self, latency: float = 0.05) -> None:
        self.latency = latency
        self.scripts: dict[str, deque[Script]] = {}
        self.asked: list[tuple[float, str, str | None]] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.cancelled = 0

    def order(self, order_id: str, *steps: Script) -> None:
        """Let the order answer these."""
        self.scripts[order_id] = deque(steps)

    async def ask(self, user_token: Secret | None, order_id: str) -> LivenessCheck:
        """What a client does for a watch."""
        self.asked.append((now(), order_id, user_token))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await until(now() + self.latency)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.in_flight -= 1
        script = self.scripts[order_id]
        step = script.popleft() if len(script) > 1 else script[0]
        if isinstance(step, Exception):
            raise step
        return LivenessCheck(name="liveness", type=None, status=step)

    def times(self, order_id: str) -> list[float]:
        """When the order was asked for."""
        return [when for when, asked, _ in self.asked if asked == order_id]


def now() -> float:
    """The loop's time."""
    return asyncio.get_running_loop().time()


async def until(moment: float) -> None:
    """Wait for a moment of the loop's time."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_at(moment, passed.set)
    await passed.wait()


def token_of(hidden: object) -> Secret | None:
    """The token that was given; the watch's own user needs none."""
    return hidden if isinstance(hidden, Secret) else None


def watching(api: Api, orders: Iterable[str] = (), **options: Any) -> Watch:
    """A watch over these orders: a poll every 10 seconds unless told otherwise, without jitter."""
    poll = options.pop("poll", 10.0)
    defaults: dict[str, Any] = {"until": SETTLED, "rate": 100, "concurrency": 10, "forever": False, "clock": Clock()}
    polling = Polling(initial=poll, maximum=poll, jitter=0)
    watch = Watch(api.ask, user_token=token_of, polling=polling, **defaults | options)
    for order_id in orders:
        watch.add(order_id)
    return watch


def collect(api: Api, orders: Iterable[str], **options: Any) -> list[Change]:
    """Everything that a watch yields, to its end."""

    async def main() -> list[Change]:
        return [change async for change in watching(api, orders, **options)]

    return simulate(main())


def unreachable() -> errors.BtcDirectError:
    """An error that can pass."""
    return errors.TransportError("refused")
