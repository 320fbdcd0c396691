"""Hypothesis strategies of requests: the product of all factors, and order ids from a grammar wider than the tables.

The cases try each factor and every two of them; these find what takes three, or an id that nobody thought of. What is
right comes first and takes the fewest choices, so that a finding shrinks to one factor wrong.
"""

from urllib.parse import quote

from hypothesis import strategies as st

from btcdirect_conformance.cases.factors import (
    BY_KEY,
    BY_TOKEN,
    CLIENT_FAULTS,
    CLIENT_RELATIONS,
    OTHER,
    USER_FAULTS,
    USER_RELATIONS,
    VALID_USER,
)
from btcdirect_conformance.cases.order_ids import GRAMMAR, ORDER_FAULTS, OWNED_ORDER, OrderId
from btcdirect_conformance.cases.states import State
from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Headers, Request
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.judgement.classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION, read_facts
from btcdirect_conformance.near_secrets import INVENTED

_LONGEST_ID = 40
_AROUND = (
    *("+", "-", "%20", "%09", "%00", "%0A", "%0D%0A", "%0B", "%0C", "%C2%A0", "%C2%85", "%E2%80%A8", "%EF%BB%BF"),
    *(
        "0",
        "0x",
        "'",
        "%22",
        ".",
        ",",
        ":",
        "(",
        ")",
        "$",
        "@",
        "*",
        "%7B%7B",
        "e1",
        ".0",
        "%2F",
        "abc",
        "_",
        "--",
        "%",
    ),
)
_DIGITS = "0123456789٠١٢٣٤٥٦٧٨٩०१२३४५६७८९０１２３４５６７８９⁰¹²³⁴⁵⁶⁷⁸⁹½Ⅷ四"  # noqa: RUF001
_SIGNS = "+-−.,eE_ \t\u00a0\u200bxXoObB"  # noqa: RUF001


def requests(fixtures: Fixtures, contract: Contract) -> st.SearchStrategy[Request]:
    """Requests in any combination of states that the fixtures can show; all of them GET."""

    def build(client: Headers, user: Headers, segment: str) -> Request:
        target, headers = contract.path.replace("{id}", segment), (*client, *user)
        facts = read_facts("GET", target, headers, fixtures)
        assert facts is not None, "a segment has no slash"  # noqa: S101
        return Request("GET", target, headers, facts)

    return st.builds(build, clients(fixtures), users(fixtures), segments(fixtures))


def clients(fixtures: Fixtures) -> st.SearchStrategy[Headers]:
    """Client authorization: the valid methods, every fault, and near misses of either secret."""
    shown = _shown((BY_KEY, BY_TOKEN, *CLIENT_FAULTS, *CLIENT_RELATIONS), fixtures)
    tokens = _near(fixtures.client_token).map(lambda token: ((AUTHORIZATION, f"Bearer {token}"),))
    keys = _near(fixtures.api_key).map(lambda key: ((API_KEY, key),))
    return _or_valid((BY_KEY, BY_TOKEN), fixtures, st.one_of(st.sampled_from(shown), tokens, keys))


def users(fixtures: Fixtures) -> st.SearchStrategy[Headers]:
    """User authorization, in the same manner."""
    shown = _shown((VALID_USER, *USER_FAULTS, OTHER, *USER_RELATIONS), fixtures)
    tokens = _near(fixtures.user_token).map(lambda token: ((USER_AUTHORIZATION, f"Bearer {token}"),))
    return _or_valid((VALID_USER,), fixtures, st.one_of(st.sampled_from(shown), tokens))


def segments(fixtures: Fixtures) -> st.SearchStrategy[str]:
    """Path segments, percent-encoded: known orders, the tables, something around the owned digits, any text."""
    orders, grammar = (
        [shown for order in table if (shown := _segment(order, fixtures)) is not None]
        for table in ((OWNED_ORDER, *ORDER_FAULTS), GRAMMAR)
    )
    owned = fixtures.owned or "1"
    pieces = st.lists(st.sampled_from(_AROUND), max_size=2).map("".join)
    around = st.tuples(pieces, pieces).map(quote(owned, safe="").join)
    numbers = _encoded(st.text(st.sampled_from(_DIGITS + _SIGNS), min_size=1, max_size=_LONGEST_ID))
    texts = _encoded(st.text(st.characters(codec="utf-8"), min_size=1, max_size=_LONGEST_ID))
    octets = st.binary(min_size=1, max_size=8).map(lambda some: quote(some, safe=""))
    return st.one_of(st.sampled_from(orders), st.sampled_from(grammar), around, numbers, texts, octets)


def _shown(states: tuple[State, ...], fixtures: Fixtures) -> list[Headers]:
    headers = [state.fields(fixtures) for state in states if not fixtures.missing(state.needs)]
    return [shown for shown in headers if shown is not None]


def _or_valid(
    states: tuple[State, ...], fixtures: Fixtures, others: st.SearchStrategy[Headers]
) -> st.SearchStrategy[Headers]:
    """Valid credentials in half of the requests: a server that stops at the first fault shows its others only then."""
    valid = _shown(states, fixtures)
    # Mapped, because one_of takes nested alternatives for its own, and valid ones for one among many.
    return st.one_of(st.sampled_from(valid), others.map(tuple)) if valid else others


def _segment(order: OrderId, fixtures: Fixtures) -> str | None:
    return None if fixtures.missing(order.needs) else order.segment(fixtures)


def _near(secret: str | None) -> st.SearchStrategy[str]:
    """Something close to a secret: a piece of it, or with one character changed. Never the secret itself."""
    if not secret or len(secret) < 2:
        return st.just(INVENTED)
    pieces = st.integers(1, len(secret) - 1).map(lambda length: secret[:length])
    places = st.tuples(st.integers(0, len(secret) - 2), st.sampled_from("aZ0-_"))
    changed = places.map(lambda place: secret[: place[0]] + place[1] + secret[place[0] + 1 :])
    return st.one_of(pieces, changed)


def _encoded(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return texts.map(lambda text: quote(text, safe=""))
