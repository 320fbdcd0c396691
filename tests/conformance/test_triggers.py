"""The catalogue's triggers and the suite's."""

from typing import TYPE_CHECKING, Any

import pytest

from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.facts import ApiKey, ClientToken, Order, RequestFacts, UserToken
from btcdirect_conformance.judgement.oracle import rule
from btcdirect_conformance.judgement.readings import API_KEY, CLIENT_TOKEN, ORDER, USER_TOKEN, readings
from btcdirect_conformance.judgement.triggers import TRIGGERS, fired

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum


def plain(
    client: ClientToken = ClientToken.ABSENT,
    key: ApiKey = ApiKey.VALID,
    user: UserToken = UserToken.VALID,
    order: Order = Order.OWNED,
) -> RequestFacts:
    """Facts with nothing wrong, but for what a test changes."""
    return RequestFacts(client_token=client, api_key=key, user_token=user, order=order)


def test_every_trigger_of_the_catalogue_is_implemented_and_no_other() -> None:
    """The catalogue and the triggers agree by name, both ways."""
    differing = sorted(set(TRIGGERS) ^ set(load_contract().codes_by_trigger))
    assert not differing, (
        f"in conformance/btcdirect_conformance/triggers.py or in openapi/errors.yaml, and not in both: {differing}"
    )


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        (plain(), set()),
        (plain(order=Order.MISSING), {"order-id.missing"}),
        (plain(order=Order.NOT_A_NUMBER), {"order-id.not-a-number"}),
        (plain(order=Order.UNKNOWN), {"order.unknown"}),
        (plain(order=Order.FOREIGN), {"order.foreign"}),
        (plain(user=UserToken.OTHER_USER), {"order.foreign"}),
        (plain(user=UserToken.OTHER_USER, order=Order.FOREIGN), set()),
        (plain(user=UserToken.ABSENT), {"user-token.missing"}),
        (plain(user=UserToken.INVALID), {"user-token.invalid"}),
        (plain(key=ApiKey.INVALID), {"api-key.invalid"}),
        (plain(key=ApiKey.ABSENT), {"client-token.missing", "api-key.missing"}),
        (plain(client=ClientToken.VALID, key=ApiKey.ABSENT), set()),
        (plain(client=ClientToken.INVALID, key=ApiKey.ABSENT), {"client-token.invalid"}),
        (plain(client=ClientToken.EXPIRED, key=ApiKey.ABSENT), {"client-token.expired"}),
        (plain(client=ClientToken.VALID), {"client-authorization.multiple"}),
        (plain(client=ClientToken.NOT_FOUND), {"client-authorization.multiple", "client-token.missing"}),
        (plain(client=ClientToken.VALID, key=ApiKey.NOT_FOUND), {"client-authorization.multiple", "api-key.missing"}),
        (plain(client=ClientToken.EXPIRED), {"client-authorization.multiple", "client-token.expired"}),
        (plain(user=UserToken.ABSENT, order=Order.FOREIGN), {"user-token.missing", "order.foreign"}),
    ],
)
def test_plain_facts_fire_their_triggers(facts: RequestFacts, names: set[str]) -> None:
    """One factor wrong fires its trigger alone, and two fire both."""
    assert fired(facts) == names


def test_every_state_has_its_readings() -> None:
    """No state of a factor is forgotten, and a plain state is its own reading."""
    tables: list[tuple[type[StrEnum], Mapping[Any, tuple[Any, ...]]]] = [
        (ClientToken, CLIENT_TOKEN),
        (ApiKey, API_KEY),
        (UserToken, USER_TOKEN),
        (Order, ORDER),
    ]
    for states, table in tables:
        assert set(table) == set(states)
        for state in {reading for stands_for in table.values() for reading in stands_for}:
            assert table[state] == (state,)


def test_a_request_that_a_front_may_clean_may_lose_its_id() -> None:
    """What is left of dots or slashes alone may be no id at all; of digits with more it is not."""
    for order, loses in ((Order.DOTS, True), (Order.BLANK, True), (Order.NOT_A_NUMBER, False)):
        cleaned = RequestFacts(ClientToken.ABSENT, ApiKey.VALID, UserToken.VALID, order, refusable=True)
        assert (Order.MISSING in {reading.order for reading in readings(cleaned)}) is loses


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (plain(client=ClientToken.EMPTY), "ER802"),
        (plain(client=ClientToken.WRONG_SCHEME), "ER802"),
        (plain(client=ClientToken.VALID, key=ApiKey.EMPTY), "ER806"),
    ],
)
def test_a_field_without_a_secret_may_be_called_not_found_beside_the_other_method(
    facts: RequestFacts, code: str
) -> None:
    """Who looks for a token because the header is there, and finds none, may say so."""
    ruling = rule(facts, load_contract())

    assert ruling.allows({code})
    assert ruling.success
