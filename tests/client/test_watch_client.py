"""``AsyncClient.watch`` and the user's own ``watch``, against the fake API."""

import asyncio
from typing import Any

import pytest
from tests.client.virtual_time import simulate

from btcdirect import ApiKey, AsyncClient, Change, errors
from btcdirect.testing import Failure, FakeApi


def client_of(api: FakeApi, **options: Any) -> AsyncClient:
    """A client of the fake."""
    return AsyncClient(ApiKey(api.api_key), http_client=api, **options)


def told(change: Change) -> tuple[str, str]:
    """The order, and its status or the name of its error."""
    return change.order_id, change.check.status if change.check else type(change.error).__name__


def test_a_client_watches_orders_of_many_users() -> None:
    """Each order is asked for with the token of its own user, and nobody else's."""
    api = FakeApi()
    tokens = {str(number): f"token-of-{number % 7}" for number in range(50)}
    for order, token in tokens.items():
        api.add_order(order, "pending", "approved", user_token=token)

    async def main() -> list[Change]:
        async with client_of(api) as client:
            return [change async for change in client.watch(tokens)]

    changes = simulate(main())
    assert sorted(map(told, changes)) == sorted(
        (order, status) for order in tokens for status in ("pending", "approved")
    )
    assert all(tokens[request.order_id or ""] == request.user_token for request in api.requests)
    assert {
        change.check.access_token == f"access-token-of-{change.order_id}" for change in changes if change.check
    } == {True}


def test_a_user_watches_their_orders_and_takes_others_in() -> None:
    """Orders of the view are the view's user's, unless a token says otherwise."""
    api = FakeApi()
    api.add_order(1, "pending", "approved")
    api.add_order(2, "approved", user_token="other")

    async def main() -> list[tuple[str, str]]:
        async with client_of(api) as client:
            watch = client.as_user(api.user_token).watch([1], poll=5, rate=10, concurrency=2)
            watch.add(2, "other")
            return [told(change) async for change in watch]

    assert simulate(main()) == [("1", "pending"), ("2", "approved"), ("1", "approved")]


def test_a_poll_is_one_request() -> None:
    """A watch does not try again within a poll: the next turn is the next try, at the rate of the watch."""
    api = FakeApi()
    api.add_order(1, Failure("ER999"), Failure("ER999"), "approved")

    async def main() -> float:
        async with client_of(api, max_retries=5) as client:
            assert [told(change) async for change in client.as_user(api.user_token).watch([1], poll=10)] == [
                ("1", "approved")
            ]
        return asyncio.get_running_loop().time()

    assert 40 <= simulate(main()) <= 60
    assert len(api.requests) == 3


def test_an_order_that_is_not_the_users_ends_alone() -> None:
    """The error says why, and the others are watched on."""
    api = FakeApi()
    api.add_order(1, "pending", "approved")
    api.add_order(2, user_token="other")

    async def main() -> list[tuple[str, str]]:
        async with client_of(api) as client:
            return [told(change) async for change in client.as_user(api.user_token).watch([1, 2, 3])]

    assert simulate(main()) == [("1", "pending"), ("2", "OrderNotOwned"), ("3", "OrderNotFound"), ("1", "approved")]


def test_the_users_token_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client's plain order ids are those of the environment's user; without one it is an error at once."""
    api = FakeApi()
    api.add_order(1, "approved")

    async def main() -> list[tuple[str, str]]:
        async with client_of(api) as client:
            return [told(change) async for change in client.watch(["1"])]

    monkeypatch.delenv("BTCDIRECT_USER_TOKEN", raising=False)
    with pytest.raises(TypeError, match="BTCDIRECT_USER_TOKEN"):
        simulate(main())
    monkeypatch.setenv("BTCDIRECT_USER_TOKEN", api.user_token)
    assert simulate(main()) == [("1", "approved")]


@pytest.mark.parametrize(
    ("orders", "error"), [(["48x"], ValueError), ([True], TypeError), ({"1": "two words"}, ValueError)]
)
def test_wrong_arguments_are_told_before_anything_is_sent(orders: Any, error: type[Exception]) -> None:
    """What is no number, and what can't travel in a header, never leaves."""
    api = FakeApi()

    async def main() -> None:
        async with client_of(api) as client:
            client.as_user(api.user_token).watch(orders)

    with pytest.raises(error):
        simulate(main())
    assert api.requests == ()


@pytest.mark.parametrize("whose", ["client", "user"])
@pytest.mark.parametrize("orders", ["480213", "", b"480213", bytearray(b"48"), memoryview(b"48"), 480213, True, None])
def test_one_order_in_place_of_many_is_told(whose: str, orders: Any) -> None:
    """A str holds other strs and bytes hold ints: one id would be taken for as many orders as it has digits."""
    api = FakeApi()

    async def main() -> None:
        async with client_of(api) as client:
            (client if whose == "client" else client.as_user(api.user_token)).watch(orders)

    words = rf"orders must be .*, not {type(orders).__name__}: .*\[order\]"
    with pytest.raises(TypeError, match=words) as caught:
        simulate(main())
    assert "480213" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rate": True}, "rate must be a number, not bool"),
        ({"rate": "5"}, "rate must be a number, not str"),
        ({"concurrency": True}, "concurrency must be a whole number, not bool"),
        ({"concurrency": 1.5}, "concurrency must be a whole number, not float"),
        ({"concurrency": None}, "concurrency must be a whole number, not NoneType"),
    ],
)
def test_a_limit_is_a_number(options: dict[str, Any], words: str) -> None:
    """A bool is none, and half a request can't be in flight."""

    async def main() -> None:
        async with client_of(FakeApi()) as client:
            client.as_user("user-token").watch([1], **options)

    with pytest.raises(TypeError, match=words):
        simulate(main())


@pytest.mark.parametrize(
    ("order", "error"), [(["1"], TypeError), (True, TypeError), (b"1", TypeError), ("", ValueError)]
)
def test_what_is_no_order_can_not_be_discarded(order: Any, error: type[Exception]) -> None:
    """Whoever means an order that is watched would go on paying for it."""

    async def main() -> None:
        async with client_of(FakeApi()) as client:
            watch = client.as_user("user-token").watch(["1"])
            with pytest.raises(error, match="an order id"):
                watch.discard(order)
            assert "1" in watch

    simulate(main())


def test_a_closed_client_ends_its_orders() -> None:
    """Whoever closes the client under a watch is told so."""
    api = FakeApi()
    api.add_order(1)

    async def main() -> list[Change]:
        client, changes = client_of(api), []
        async for change in client.as_user(api.user_token).watch([1]):
            changes.append(change)
            await client.close()
        return changes

    assert [type(change.error) for change in simulate(main())] == [type(None), errors.ClientClosed]
