"""Watching many orders at once, in virtual time."""

import asyncio
from collections import Counter, defaultdict

import pytest
from tests.client.virtual_time import simulate
from tests.client.watched import SETTLED, Api, collect, now, unreachable, until, watching

from btcdirect import errors
from btcdirect._watch import Change
from btcdirect.liveness import LivenessCheck


def test_every_change_is_yielded_and_the_watch_ends_with_the_last_order() -> None:
    """The first answer is news, the same again is none, and a settled order is done with."""
    api = Api()
    api.order("1", "missing", "pending", "pending", "approved")
    api.order("2", "rejected")
    changes = collect(api, ["1", "2"])
    assert [
        (change.order_id, change.previous, change.check and change.check.status, change.final) for change in changes
    ] == [
        ("1", None, "missing", False),
        ("2", None, "rejected", True),
        ("1", "missing", "pending", False),
        ("1", "pending", "approved", True),
    ]
    assert [round(when, 2) for when in api.times("1")] == [0, 10.05, 20.1, 30.15]
    assert len(api.times("2")) == 1


def test_an_end_without_news_is_told() -> None:
    """Whoever waits for another condition than a status hears of it."""
    api = Api()
    api.order("1", "pending")
    changes = collect(api, ["1"], until=lambda _: len(api.asked) == 3)
    assert [(change.previous, change.final) for change in changes] == [(None, False), ("pending", True)]


def test_what_can_pass_is_asked_again_and_told_once() -> None:
    """Waits grow while an order fails; the third failure in a row is news, and its recovery goes on as before."""
    api = Api(latency=0)
    api.order("1", "pending", *(unreachable() for _ in range(5)), "pending", unreachable(), "approved")
    changes = collect(api, ["1"])
    assert [
        type(change.error).__name__ if change.error else change.check and change.check.status for change in changes
    ] == [
        "pending",
        "TransportError",
        "approved",
    ]
    assert (changes[1].previous, changes[1].final, changes[1].check) == ("pending", False, None)
    assert [round(when) for when in api.times("1")] == [0, 10, 30, 70, 150, 230, 310, 320, 340]


def test_what_cannot_pass_ends_its_order_alone() -> None:
    """An error of one order is told and never ends the watch of the others."""
    api = Api()
    api.order("1", errors.OrderNotFound("ER035"))
    api.order("2", "pending", "approved")
    changes = collect(api, ["1", "2"])
    assert [(change.order_id, type(change.error)) for change in changes] == [
        ("1", errors.OrderNotFound),
        ("2", type(None)),
        ("2", type(None)),
    ]
    assert changes[0].final


@pytest.mark.parametrize(("retry_after", "pause"), [(45.0, 45), (None, 10), (1e9, 300)])
def test_a_rate_limit_holds_every_order_back(retry_after: float | None, pause: float) -> None:
    """After an ER920 nobody is asked for until the pause is over: the one that is asked for, within reason."""
    api = Api(latency=0)
    api.order("1", errors.RateLimited("ER920", retry_after=retry_after), "approved")
    api.order("2", "approved")
    collect(api, ["1", "2"], rate=0.5, poll=10.0)
    assert min(when for when, _, _ in api.asked[1:]) == pytest.approx(pause, abs=0.1)


def test_rate_and_concurrency_hold() -> None:
    """However many orders come at once, no more requests begin a second or run at once than allowed."""
    api = Api(latency=0.5)
    for number in range(100):
        api.order(str(number), "pending", "approved")
    collect(api, map(str, range(100)), rate=20, concurrency=7, poll=1)
    assert api.most_in_flight == 7
    seconds = Counter(int(when) for when, _, _ in api.asked)
    assert max(seconds.values()) <= 21


@pytest.mark.parametrize("concurrency", [1, 3])
def test_few_slots_serve_many_orders_fairly(concurrency: int) -> None:
    """With one slot for all of them nobody starves, and the lateness tells that it is too few."""
    api = Api(latency=1)
    for number in range(10):
        api.order(str(number), *["pending"] * 5, "approved")

    async def main() -> float:
        lateness = 0.0
        watch = watching(api, map(str, range(10)), concurrency=concurrency, poll=1)
        async for _ in watch:
            lateness = max(lateness, watch.lateness)
        return lateness

    assert simulate(main()) > 1
    asked: defaultdict[str, int] = defaultdict(int)
    for _, order_id, _ in api.asked:
        asked[order_id] += 1
        assert asked[order_id] - min(asked.values()) <= 2
    assert set(asked.values()) == {6}


def test_orders_come_and_go_while_it_runs() -> None:
    """An added order is asked for at once, a removed one no more; ``in`` and ``len`` follow."""
    api = Api()
    for order_id in ("1", "2", "3"):
        api.order(order_id, "pending")

    async def main() -> list[str]:
        watch = watching(api, ["1", "2"])
        seen = [(await anext(watch)).order_id, (await anext(watch)).order_id]
        reader = asyncio.ensure_future(anext(watch))
        await until(5)
        watch.add(3, "token of 3")
        watch.discard("1")
        watch.discard("99")
        assert (1 in watch, "2" in watch, 3 in watch, len(watch)) == (False, True, True, 2)
        seen.append((await reader).order_id)
        assert now() == pytest.approx(5.05, abs=0.01)
        watch.discard(3)
        reader = asyncio.ensure_future(anext(watch))
        await until(100)
        watch.discard(2)
        with pytest.raises(StopAsyncIteration):
            await reader
        return seen

    assert simulate(main()) == ["1", "2", "3"]
    assert len(api.times("1")) == 1
    assert [user for _, order_id, user in api.asked if order_id == "3"] == ["token of 3"]
    assert len(api.times("2")) == 10


def test_what_a_removed_order_brings_is_dropped() -> None:
    """Neither the answer in flight nor the news that nobody has read reach the reader."""
    api = Api()
    for order_id in ("1", "2", "3"):
        api.order(order_id, "approved")

    async def main() -> list[str]:
        watch = watching(api, ["1", "2", "3"])
        first = await anext(watch)
        await until(1)
        watch.discard("2")
        watch.add("3")
        return [first.order_id, *[change.order_id async for change in watch]]

    assert simulate(main()) == ["1", "3"]


def test_an_order_that_is_added_again_asks_as_its_new_user() -> None:
    """That is how an order goes on after its user's token ran out."""
    api = Api()
    api.order("1", errors.UserTokenInvalid("ER702"), "approved")

    async def main() -> list[Change]:
        watch, changes = watching(api, ["1"]), []
        async for change in watch:
            changes.append(change)
            if isinstance(change.error, errors.UserTokenInvalid):
                watch.add(change.order_id, "fresh")
        return changes

    assert [change.final for change in simulate(main())] == [True, True]
    assert [user for _, _, user in api.asked] == [None, "fresh"]


def test_an_order_that_is_added_twice_is_asked_for_once() -> None:
    """It starts anew, and nobody goes on with its former turns."""
    api = Api(latency=0)
    api.order("1", "pending", "pending", "approved")

    async def main() -> list[Change]:
        watch = watching(api, ["1"])
        watch.add("1", "fresh")
        assert len(watch) == 1
        return [change async for change in watch]

    assert [change.final for change in simulate(main())] == [False, True]
    assert [user for _, _, user in api.asked] == ["fresh"] * 3


def test_a_watch_sleeps_while_every_slot_is_taken() -> None:
    """What is due then waits for a slot, and no timer runs for it."""
    api = Api(latency=1000)
    api.order("1", "approved")
    api.order("2", "approved")

    async def main() -> int:
        loop, timers = asyncio.get_running_loop(), list[float]()
        call_at = loop.call_at
        loop.call_at = lambda when, *rest: (timers.append(when), call_at(when, *rest))[1]  # type: ignore[method-assign]
        assert len([change async for change in watching(api, ["1", "2"], concurrency=1)]) == 2
        return len(timers)

    assert simulate(main()) < 10


def test_a_watch_without_end_waits_for_orders() -> None:
    """With ``forever`` it outlives its last order, until it is closed."""
    api = Api()
    api.order("1", "approved")

    async def main() -> None:
        watch = watching(api, forever=True)
        reader = asyncio.ensure_future(anext(watch))
        await until(1000)
        watch.add("1")
        assert (await reader).final
        reader = asyncio.ensure_future(anext(watch))
        await until(2000)
        await watch.aclose()
        with pytest.raises(StopAsyncIteration):
            await reader

    simulate(main())


def test_an_empty_watch_ends_at_once() -> None:
    """Nothing to watch is no reason to hang."""
    assert collect(Api(), []) == []


def test_a_slow_reader_slows_the_watch_down() -> None:
    """While nobody waits for a change no request begins, so news never pile up."""
    api = Api(latency=0)
    api.order("1", "missing", "pending", "approved")

    async def main() -> None:
        watch = watching(api, ["1"])
        await anext(watch)
        await until(500)
        assert len(api.asked) == 1
        await anext(watch)
        assert watch.lateness == pytest.approx(490)
        await watch.aclose()

    simulate(main())


@pytest.mark.parametrize("how", ["block", "cancel"])
def test_leaving_cancels_every_request(how: str) -> None:
    """Neither leaving the block nor cancelling the reader leaves a task behind, and the watch is over."""
    api = Api(latency=100)
    for number in range(5):
        api.order(str(number), "pending")

    async def main() -> None:
        async with watching(api, map(str, range(5))) as watch:
            reader = asyncio.ensure_future(anext(watch))
            await until(1)
            assert api.in_flight == 5
            if how == "cancel":
                reader.cancel()
                await asyncio.wait([reader])
                assert reader.cancelled()
                assert asyncio.all_tasks() == {asyncio.current_task()}
        assert asyncio.all_tasks() <= {asyncio.current_task(), reader}
        await asyncio.wait([reader])
        with pytest.raises(StopAsyncIteration):
            await anext(watch)

    simulate(main())
    assert (api.in_flight, api.cancelled) == (0, 5)


def test_after_a_break_no_request_begins() -> None:
    """A loop that is left without closing leaves what is in flight behind, which ends by itself."""
    api = Api()
    for number in range(3):
        api.order(str(number), "pending")

    async def main() -> None:
        async for _ in watching(api, map(str, range(3)), poll=0.01):
            break
        await until(50)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    simulate(main())
    assert len(api.asked) <= 5


@pytest.mark.parametrize("where", ["until", "token source"])
def test_an_error_of_the_callers_own_ends_the_watch(where: str) -> None:
    """What no error of the API is (a bug in ``until``, a token source that fails) reaches the reader, once."""
    api = Api()
    api.order("1", "pending" if where == "until" else ZeroDivisionError())
    api.order("2", "pending")

    def condition(_: LivenessCheck) -> bool:
        raise ZeroDivisionError

    async def main() -> None:
        watch = watching(api, ["1", "2"], until=condition if where == "until" else SETTLED)
        with pytest.raises(ZeroDivisionError):
            async for _ in watch:
                pass
        assert asyncio.all_tasks() == {asyncio.current_task()}
        with pytest.raises(StopAsyncIteration):
            await anext(watch)

    simulate(main())


def test_one_task_reads_a_watch() -> None:
    """A second reader is told so, and the first one goes on."""
    api = Api()
    api.order("1", "approved")

    async def main() -> None:
        watch = watching(api, ["1"])
        reader = asyncio.ensure_future(anext(watch))
        await until(0.01)
        with pytest.raises(RuntimeError, match="one task reads"):
            await anext(watch)
        assert (await reader).final

    simulate(main())


@pytest.mark.parametrize("options", [{"rate": 0}, {"rate": float("inf")}, {"rate": float("nan")}, {"concurrency": 0}])
def test_senseless_limits_are_refused(options: dict[str, float]) -> None:
    """A limit that nothing or everything passes is an error of the caller's."""
    with pytest.raises(ValueError, match="must be a positive number"):
        watching(Api(), **options)


def test_its_repr_tells_how_busy_it_is() -> None:
    """Counts, and no token."""

    async def main() -> str:
        api = Api()
        watch = watching(api)
        watch.add("1", "secret")
        return repr(watch)

    assert simulate(main()) == "Watch(orders=1, in_flight=0)"
