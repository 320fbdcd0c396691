"""No user's token ever travels with another's request: many users, threads and tasks against a server that checks."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.client.loopback import API_KEY, Server, access_token_of, owner_of, serving

from btcdirect import ApiKey, AsyncClient, Client, errors

# An order is asked for by its owner, or by the user after.
ASKED = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 1)), min_size=20, max_size=200)


def expected(order: int, shift: int) -> str:
    """The access token of one's own order; the code of another's."""
    return access_token_of(str(order)) if shift == 0 else "ER150"


def token(order: int, shift: int) -> str:
    """The token to ask with."""
    return owner_of(str(order + shift))


@given(asked=ASKED)
@settings(max_examples=15, deadline=None)
def test_threads_never_see_each_others_tokens(asked: list[tuple[int, int]]) -> None:
    """Hundreds of views on one client, from many threads."""
    with serving(Server) as port, Client(ApiKey(API_KEY), base_url=f"http://127.0.0.1:{port}") as client:

        def ask(order: int, shift: int) -> str:
            try:
                return str(client.as_user(token(order, shift)).get_liveness(order).access_token.reveal())  # type: ignore[union-attr]
            except errors.OrderNotOwned as error:
                return error.code

        with ThreadPoolExecutor(16) as pool:
            results = list(pool.map(lambda pair: ask(*pair), asked))
    assert results == [expected(*pair) for pair in asked]


@pytest.mark.parametrize("backend", ["httpx", "aiohttp"])
@given(asked=ASKED)
@settings(max_examples=15, deadline=None)
def test_tasks_never_see_each_others_tokens(backend: Any, asked: list[tuple[int, int]]) -> None:
    """Hundreds of views on one client, in many tasks, some cancelled half way."""

    async def main(port: int) -> list[str]:
        async with AsyncClient(ApiKey(API_KEY), base_url=f"http://127.0.0.1:{port}", backend=backend) as client:
            users = {name: client.as_user(name) for name in {token(*pair) for pair in asked}}

            async def ask(order: int, shift: int) -> str:
                try:
                    check = await users[token(order, shift)].get_liveness(order)
                except errors.OrderNotOwned as error:
                    return error.code
                assert check.access_token is not None
                return check.access_token.reveal()

            doomed = [asyncio.create_task(ask(order, 0)) for order in range(0, len(asked), 3) for _ in users]
            asyncio.get_running_loop().call_later(0.005, lambda: [task.cancel() for task in doomed])
            results = await asyncio.gather(*(ask(*pair) for pair in asked))
            await asyncio.gather(*doomed, return_exceptions=True)
            return results

    with serving(Server) as port:
        assert asyncio.run(main(port)) == [expected(*pair) for pair in asked]


def test_a_view_is_immutable_and_shares_the_connections() -> None:
    """Making one costs no connection, and nobody can change it under another."""
    with serving(Server) as port, Client(ApiKey(API_KEY), base_url=f"http://127.0.0.1:{port}") as client:
        first, second = client.as_user(owner_of("1")), client.as_user(owner_of("2"))
        assert first.get_liveness(1).access_token == access_token_of("1")
        assert second.get_liveness(2).access_token == access_token_of("2")
        with pytest.raises(AttributeError):
            first._credentials = second._credentials  # type: ignore[misc]
        assert first.get_liveness(1).access_token == access_token_of("1")
