"""Whose order it is, and whether there is one."""

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from attrs import evolve

from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Order, Store

from .model import Fault, category

Found = tuple[Order | None, Sequence[str]]


class _ForeignShown(Rules):
    def order(self, number: str, subject: str) -> Found:
        order, problems = super().order(number, subject)
        return order, () if problems == ("ER150",) else problems


class _ZerosSkipTheOwner(Rules):
    """Finds the order by its number, and its owner by the text."""

    def order(self, number: str, subject: str) -> Found:
        rules = _ForeignShown(self.store) if number.startswith("0") else Rules(self.store)
        return rules.order(number.lstrip("0"), subject)


def _ownerless(pattern: bytes) -> type[Rules]:
    """Rules that find an order by another spelling of its number, and don't look for its owner then."""

    class Ownerless(Rules):
        def reply(self, call: Call) -> Reply:
            number = unquote_to_bytes(call.segment).strip(b"+ ").removesuffix(b".0")
            if re.fullmatch(pattern, call.segment) and number.decode() == self.store.fixtures.foreign:
                return _ForeignShown(self.store).reply(evolve(call, segment=number))
            return super().reply(call)

    return Ownerless


class _ShownByClient(Rules):
    """Shows any order to one of the two client authorizations."""

    header = "x-api-key"

    def reply(self, call: Call) -> Reply:
        rules = _ForeignShown(self.store) if any(call.values(self.header)) else Rules(self.store)
        return rules.reply(call)


class _ForeignShownToToken(_ShownByClient):
    header = "authorization"


class _OwnerForgotten(Rules):
    """The second user is a superuser."""

    def order(self, number: str, subject: str) -> Found:
        if subject == self.store.fixtures.other_email:
            return _ForeignShown(self.store).order(number, subject)
        return super().order(number, subject)


class _OwnedRefusedToToken(Rules):
    """With a client token, nobody owns anything."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        return self.failure(("ER150",)) if reply.order and any(call.values("authorization")) else reply


class _OwnedUnknownToKey(Rules):
    """Orders are not found with an API key."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        return self.failure(("ER035",)) if reply.order and any(call.values("x-api-key")) else reply


class _SecondUserRefusedToToken(Rules):
    """With a client token, one user alone owns orders."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        second = reply.subject == self.store.fixtures.other_email
        return self.failure(("ER150",)) if second and any(call.values("authorization")) else reply


class _IdFromQuery(Rules):
    """An id in the query goes before that of the path, as where a framework throws all parameters together."""

    def reply(self, call: Call) -> Reply:
        name, _, value = call.query.partition(b"=")
        return super().reply(evolve(call, segment=value) if name == b"id" else call)


class _MadeByAsking(Rules):
    """An order that was looked for often enough is there."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.asked = Counter[str]()

    def order(self, number: str, subject: str) -> Found:
        order, problems = super().order(number, subject)
        self.asked[number] += 1
        return (Order(number, subject), ()) if problems == ("ER035",) and self.asked[number] > 3 else (order, problems)


class _UnknownShown(Rules):
    """An order that isn't there has an empty check."""

    def order(self, number: str, subject: str) -> Found:
        order, problems = super().order(number, subject)
        return (Order(number, subject), ()) if problems == ("ER035",) else (order, problems)


class _FallsBack(Rules):
    """An order that isn't there is the user's last one."""

    def order(self, number: str, subject: str) -> Found:
        order, problems = super().order(number, subject)
        return (self.store.orders[self.store.fixtures.owned], ()) if problems == ("ER035",) else (order, problems)


class _OtherOrder(Rules):
    """Every owner gets the check of the same order."""

    def success(self, order: Order, subject: str) -> Reply:
        del order
        return super().success(self.store.orders[self.store.fixtures.owned], subject)


class _UnknownIsPage(Rules):
    """An unknown order ends at the framework's own page."""

    def failure(self, codes: Sequence[str]) -> Reply:
        reply = super().failure(codes)
        if "ER035" not in codes:
            return reply
        return evolve(reply, status=404, raw=b"<h1>404</h1>", headers=(("Content-Type", "text/html"),))


class _StateToAnybody(Rules):
    """Looks for the order before it looks at the credentials."""

    def ranked(self, client: Sequence[str], user: Sequence[str], order_id: Sequence[str]) -> Sequence[str]:
        return (*order_id, *client, *user)

    def reply(self, call: Call) -> Reply:
        number, problems = self.order_id(call.segment)
        if call.method == "GET" and not problems and number not in self.store.orders:
            return self.failure(("ER035",))
        return super().reply(call)


class _OwnerToAnyClient(Rules):
    """Tells whether an order is somebody else's to a request without a valid user token."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        number, _ = self.order_id(call.segment)
        if "ER702" in reply.codes and number == self.store.fixtures.foreign:
            return self.failure(("ER150",))
        return reply


ORDERS = category(
    "orders",
    Fault("order-foreign-shown", "Any user sees any order.", "order.foreign", _ForeignShown),
    Fault(
        "order-foreign-shown-after-zero",
        "A zero before an order id hides whose order it is.",
        "order.grammar.foreign-leading-zero",
        _ZerosSkipTheOwner,
    ),
    Fault("order-foreign-shown-to-key", "With an API key, any user sees any order.", "order.foreign", _ShownByClient),
    Fault(
        "order-foreign-shown-to-token",
        "With a client token, any user sees any order.",
        "pair.token+order-foreign",
        _ForeignShownToToken,
    ),
    Fault("order-other-user-sees-all", "One user sees the orders of the others.", "auth.user.other", _OwnerForgotten),
    Fault(
        "order-owned-refused-to-token",
        "With a client token, nobody owns an order.",
        "success.client-token",
        _OwnedRefusedToToken,
    ),
    Fault("order-owned-unknown-to-key", "Orders are not found with an API key.", "success.api-key", _OwnedUnknownToKey),
    Fault(
        "order-second-user-refused-to-token",
        "With a client token, one user alone owns orders.",
        "success.other-user-client-token",
        _SecondUserRefusedToToken,
    ),
    Fault(
        "order-foreign-shown-encoded",
        "Percent-encoded digits hide whose order it is.",
        "order.grammar.foreign-encoded-digits",
        _ownerless(rb"(?:%3[0-9])+"),
    ),
    Fault(
        "order-foreign-shown-after-plus",
        "A plus sign before an order id hides whose order it is.",
        "order.grammar.foreign-plus-sign",
        _ownerless(rb"%2B[0-9]+"),
    ),
    Fault(
        "order-foreign-shown-after-blank",
        "A blank before an order id hides whose order it is.",
        "order.grammar.foreign-leading-blank",
        _ownerless(rb"%20[0-9]+"),
    ),
    Fault(
        "order-foreign-shown-with-decimals",
        "A decimal zero after an order id hides whose order it is.",
        "order.grammar.foreign-decimal-zero",
        _ownerless(rb"[0-9]+\.0"),
    ),
    Fault("order-id-from-query", "An id in the query goes before the path's.", "request.query-id", _IdFromQuery),
    Fault("order-made-by-asking", "An order that is looked for often is there.", "late.unknown", _MadeByAsking),
    Fault("order-unknown-shown", "An order that isn't there has a check.", "order.unknown", _UnknownShown),
    Fault("order-unknown-is-last", "An order that isn't there is the user's last one.", "order.unknown", _FallsBack),
    Fault(
        "order-unknown-is-page", "An unknown order ends at the framework's own page.", "order.unknown", _UnknownIsPage
    ),
    Fault(
        "order-same-check-for-all", "Every user gets the check of one order.", "security.token-per-user", _OtherOrder
    ),
    Fault(
        "order-existence-to-anybody",
        "Who has no credentials learns which orders exist.",
        "security.order-existence",
        _StateToAnybody,
    ),
    Fault(
        "order-owner-to-anybody",
        "Who has no valid user token learns that an order is another's.",
        "security.order-existence",
        _OwnerToAnyClient,
    ),
)
