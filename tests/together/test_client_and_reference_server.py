"""The client and the reference server, written apart from the same contract, understand each other."""

from collections.abc import Iterator

import pytest

from btcdirect import ApiKey, AsyncClient, Client, ClientToken, errors
from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.server.running import Running, running_server

CODES = load_contract().catalogue


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    """The reference server on a free loopback port."""
    with running_server() as running:
        yield running


def test_the_liveness_check_of_an_order(server: Running) -> None:
    """A blocking client gets the check of its user's order, with the access token for the scanner."""
    with Client(ApiKey(server.fixtures.api_key), base_url=server.base_url) as client:
        check = client.as_user(server.fixtures.user_token).get_liveness(server.fixtures.owned)
    assert check.name == "liveness"
    assert check.access_token


async def test_the_liveness_check_of_an_order_awaited(server: Running) -> None:
    """An asynchronous client gets it, too, with a client token instead of the key."""
    async with AsyncClient(ClientToken(server.fixtures.client_token), base_url=server.base_url) as client:
        check = await client.as_user(server.fixtures.user_token).get_liveness(int(server.fixtures.owned))
    assert check.name == "liveness"


def test_an_unknown_order(server: Running) -> None:
    """It raises OrderNotFound, with the catalogue's texts."""
    with Client(ApiKey(server.fixtures.api_key), base_url=server.base_url) as client:
        user = client.as_user(server.fixtures.user_token)
        with pytest.raises(errors.OrderNotFound) as raised:
            user.get_liveness(server.fixtures.unknown)
    assert raised.value.message == CODES["ER035"].message.value
    assert raised.value.solution == CODES["ER035"].solution.value


async def test_an_unknown_order_awaited(server: Running) -> None:
    """It raises OrderNotFound."""
    async with AsyncClient(ApiKey(server.fixtures.api_key), base_url=server.base_url) as client:
        user = client.as_user(server.fixtures.user_token)
        with pytest.raises(errors.OrderNotFound):
            await user.get_liveness(server.fixtures.unknown)


@pytest.mark.parametrize("code", sorted(CODES.keys() & errors.CLASS_BY_CODE.keys()))
def test_every_code_arrives_as_its_own_class(server: Running, code: str) -> None:
    """The orders that provoke a code, as payment providers have test cards, raise the class that stands for it."""
    order = 4_000_000_000 + int(code.removeprefix("ER"))
    with Client(ApiKey(server.fixtures.api_key), base_url=server.base_url, max_retries=0) as client:
        user = client.as_user(server.fixtures.user_token)
        with pytest.raises(errors.CLASS_BY_CODE[code]) as raised:
            user.get_liveness(order)
    assert (raised.value.code, raised.value.message) == (code, CODES[code].message.value)


def test_a_check_settles(server: Running) -> None:
    """Waiting ends when the status leaves the open ones."""
    with Client(ApiKey(server.fixtures.api_key), base_url=server.base_url) as client:
        user = client.as_user(server.fixtures.user_token)
        seen: list[str] = []
        check = user.wait_for_liveness(
            server.fixtures.owned, poll=0.01, timeout=60, on_change=lambda change: seen.append(change.status)
        )
    assert check.status == seen[-1]
    assert check.status not in {"missing", "pending"}
