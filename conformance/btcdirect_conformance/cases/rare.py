"""States that are too far-fetched for a request in every run: some of them are sent alone, drawn by the run's seed."""

from collections.abc import Callable

from btcdirect_conformance.judgement.classify import AUTHORIZATION, USER_AUTHORIZATION
from btcdirect_conformance.near_secrets import INVENTED

from . import factors
from .order_ids import OrderId, from_owned, grouped, shifted
from .states import State, filled, key, sent


def _key(slug: str, title: str, make: Callable[[str], str | None]) -> State:
    return State(f"key-{slug}", title, key(lambda has: make(has.api_key or "")), (factors.KEY,))


def _client(scheme: str) -> State:
    fields = filled(AUTHORIZATION, lambda has: has.client_token, f"{scheme} {{}}")
    return State(f"client-{scheme.lower()}", f"The client token after {scheme}", fields, (factors.TOKEN,))


def _user(scheme: str) -> State:
    fields = filled(USER_AUTHORIZATION, lambda has: has.user_token, f"{scheme} {{}}")
    return State(f"user-{scheme.lower()}", f"The user token after {scheme}", fields, (factors.USER,))


def _around(slug: str, title: str, template: str) -> OrderId:
    return OrderId(slug, title, from_owned(template.format))


CLIENTS = (
    _key("equals-sign", "The API key and an equals sign", lambda known: f"{known}="),
    _key("accent", "The API key and a letter that is not ASCII", lambda known: f"{known}é"),
    _key("blank", "The API key with a blank in it", lambda known: f"{known[:5]} {known[5:]}"),
    _key("no-dashes", "The API key without dashes", lambda known: known.replace("-", "") if "-" in known else None),
    State("key-asterisk", "An asterisk for an API key", key(lambda _: "*")),
    _client("BearerX"),
    _client("Token"),
    _client("JWT"),
    State(
        "client-lower-case-invalid",
        "A client token that was never issued after bearer in small letters",
        sent(AUTHORIZATION, lambda _: f"bearer {INVENTED}"),
    ),
)

USERS = (_user("Token"), _user("BearerX"))

ORDERS = (
    *(_around(f"suffix-{mark}", f"{mark} after the digits", f"{{}}{mark}") for mark in ("f", "d", "n", "@", "~", "!")),
    _around("prefix", "Capitals before the digits", "BD{}"),
    _around("bar", "A bar and a letter after the digits", "{}%7Cx"),
    _around("no-break-space", "A no-break space after the digits", "{}%C2%A0"),
    _around("byte-order-mark", "A byte order mark after the digits", "{}%EF%BB%BF"),
    _around("up-and-down", "A folder, the way up and the digits", "x%2F..%2F{}"),
    OrderId("comma-separators", "Commas between the thousands", from_owned(lambda owned: grouped(owned, ","))),
    OrderId("binary", "The order's number in binary", from_owned(lambda owned: f"0b{int(owned):b}")),
    OrderId("decimal-prefix", "0d before the digits", from_owned(lambda owned: f"0d{owned}")),
    OrderId("thai", "Thai digits", from_owned(lambda owned: shifted(owned, "\u0e50"))),
    OrderId("circled", "Circled digits", from_owned(lambda owned: shifted(owned.replace("0", "1"), "\u245f"))),
    OrderId(
        "two-numbers",
        "The order's digits, a comma and somebody else's",
        lambda has: f"{has.owned},{has.foreign}",
        ("orders.owned", "orders.foreign"),
    ),
)
