"""What nobody but the owner may see."""

from attrs import evolve

from btcdirect_conformance.server.flavour import altered, both, header, success
from btcdirect_conformance.server.messages import Call, Reply, with_header
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Order, Store

from .model import Fault, category


class _OneToken(Rules):
    """All users share one access token."""

    def success(self, order: Order, subject: str) -> Reply:
        reply = super().success(order, subject)
        return evolve(
            reply, payload={**reply.payload, "data": {"accessToken": "_act-sbx-0123456789abcdef0123456789abcdef"}}
        )


class _LastToken(Rules):
    """An access token is remembered across requests and shows up in what is answered next."""

    last: str | None = None

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        if reply.order is not None:
            token, self.last = self.last, reply.payload["data"]["accessToken"]
            if token is not None:
                return evolve(reply, payload={**reply.payload, "data": {"accessToken": token}})
        return reply


class _TokenInError(Rules):
    """The refusal of another's order holds that order's access token."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        number, _ = self.order_id(call.segment)
        if "ER150" not in reply.codes or number not in self.store.orders:
            return reply
        return evolve(reply, payload={**reply.payload, "debug": self.store.poll(self.store.orders[number])})


class _TokenInEveryError(Rules):
    """Every error holds what the server had already loaded."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        order = self.store.orders[self.store.fixtures.owned]
        return (
            evolve(reply, payload={**reply.payload, "data": self.store.poll(order)["data"]}) if reply.codes else reply
        )


def _cached(*fields: str) -> type[Rules]:
    """A cache in front of the API that tells requests apart by their path and these header fields."""

    class Cached(Rules):
        def __init__(self, store: Store) -> None:
            super().__init__(store)
            self.kept: dict[tuple[object, ...], Reply] = {}

        def reply(self, call: Call) -> Reply:
            key = (call.segment, *(call.values(field) for field in fields))
            if call.method != "GET" or key not in self.kept:
                reply = super().reply(call)
                if not reply.order:
                    return reply
                self.kept[key] = reply
            return self.kept[key]

    return Cached


class _RefusalsCached(Rules):
    """What was refused to one user is refused to all."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.refused: dict[bytes, Reply] = {}

    def reply(self, call: Call) -> Reply:
        reply = self.refused.get(call.segment) or super().reply(call)
        if "ER150" in reply.codes:
            self.refused[call.segment] = reply
        return reply


class _EchoesCredentials(Rules):
    """An error repeats the credentials that it refuses."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        sent = [value for name in ("authorization", "x-api-key", "user-authorization") for value in call.values(name)]
        return evolve(reply, payload={**reply.payload, "request": sent}) if reply.codes else reply


class _EchoesInHeader(Rules):
    """A header of the answer repeats the user token."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        sent = ", ".join(call.values("user-authorization"))
        return evolve(reply, headers=with_header(reply.headers, "X-Debug-User", sent)) if sent.isascii() else reply


class _OwnersToken(Rules):
    """The refusal of an order names the user token of its owner."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        given = self.store.fixtures
        owner = {given.owned: given.user_token, given.foreign: given.other_user_token}.get(call.segment.decode())
        return evolve(reply, payload={**reply.payload, "owner": owner}) if "ER150" in reply.codes else reply


class _KeyInSuccess(Rules):
    """Every success holds the API key that the server itself is configured with."""

    def success(self, order: Order, subject: str) -> Reply:
        reply = super().success(order, subject)
        return evolve(reply, payload={**reply.payload, "config": {"key": self.store.fixtures.api_key}})


class _KeyInHead(Rules):
    """A header of the answer to HEAD holds the API key that the server itself is configured with."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        shown = with_header(reply.headers, "X-Config", self.store.fixtures.api_key)
        return evolve(reply, headers=shown) if call.method == "HEAD" and not call.values("x-api-key") else reply


class _PreviousCheck(Rules):
    """A success holds the one before, whoever got it."""

    previous: object = None

    def success(self, order: Order, subject: str) -> Reply:
        reply = super().success(order, subject)
        before, self.previous = self.previous, reply.payload
        return evolve(reply, payload={**reply.payload, "previous": before})


LEAKS = category(
    "leaks",
    Fault(
        "leak-owners-token",
        "The refusal of another's order holds the user token of its owner.",
        "security.credentials",
        _OwnersToken,
    ),
    Fault("leak-key", "Every success holds the API key, by whatever method.", "security.credentials", _KeyInSuccess),
    Fault("leak-key-in-head", "An answer to HEAD holds the API key.", "security.credentials", _KeyInHead),
    Fault("leak-previous", "A success holds the one before it.", "security.token-per-user", _PreviousCheck),
    Fault("leak-one-token", "All users share one access token.", "security.token-per-user", _OneToken),
    Fault(
        "leak-last-token", "An answer holds the access token of the one before.", "security.token-per-user", _LastToken
    ),
    Fault(
        "leak-token-in-refusal",
        "The refusal of another's order holds its access token.",
        "security.token-in-error",
        _TokenInError,
    ),
    Fault("leak-token-in-errors", "Every error holds an access token.", "security.token-in-error", _TokenInEveryError),
    Fault(
        "leak-credentials-echoed",
        "Errors repeat the credentials that they refuse.",
        "security.echo",
        _EchoesCredentials,
    ),
    Fault("leak-credentials-in-header", "A header repeats the user token.", "security.echo", _EchoesInHeader),
    Fault(
        "leak-cached-by-path",
        "A cache keeps checks by their path, whoever asks.",
        "auth.user.missing",
        _cached(),
    ),
    Fault(
        "leak-cached-by-user",
        "A cache keeps checks by path and user, whichever client asks.",
        "auth.client.expired",
        _cached("user-authorization"),
    ),
    Fault(
        "leak-cached-by-client",
        "A cache keeps checks by path and client, whichever user asks.",
        "auth.user.missing",
        _cached("x-api-key", "authorization"),
    ),
    Fault(
        "leak-refusals-cached",
        "What one user may not see is refused to its owner as well.",
        "success.other-user",
        _RefusalsCached,
    ),
    Fault(
        "leak-public-cache",
        "The check may be kept by any cache.",
        "security.caching",
        altered(header("Cache-Control", "public, max-age=300"), success),
    ),
    Fault(
        "leak-shared-max-age",
        "Shared caches may keep the check.",
        "security.caching",
        altered(header("Cache-Control", "s-maxage=60"), success),
    ),
    Fault(
        "leak-expires",
        "The check may be kept until next year.",
        "security.caching",
        altered(both(header("Cache-Control", "public"), header("Expires", "Thu, 31 Dec 2099 23:59:59 GMT")), success),
    ),
)
