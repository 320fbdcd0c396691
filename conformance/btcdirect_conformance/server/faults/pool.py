"""One bad node in a pool: most answers are right."""

from collections.abc import Sequence

from btcdirect_conformance.server.flavour import (
    Change,
    altered,
    anything,
    body,
    both,
    entry,
    failure,
    header,
    member,
    payload,
    status,
    success,
    telling,
    told_as,
    without,
)
from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Grant, Kind, Order

from .model import Fault, category


def _every(count: int, kind: Kind) -> type[Rules]:
    """Every so many expired tokens of a kind are taken."""

    class Now(Rules):
        seen = 0

        def expired(self, grant: Grant) -> bool:
            expired = super().expired(grant)
            if expired and grant.kind is kind:
                self.seen += 1
                return self.seen % count != 0
            return expired

    return Now


class _ForeignNowAndThen(Rules):
    seen = 0

    def order(self, number: str, subject: str) -> tuple[Order | None, Sequence[str]]:
        order, problems = super().order(number, subject)
        if problems == ("ER150",):
            self.seen += 1
            return order, () if self.seen % 2 == 0 else problems
        return order, problems


_GATEWAY: Change = both(
    status(502), header("Content-Type", "text/html"), body(b"<html><h1>502 Bad Gateway</h1></html>")
)


class _NotAgain(Rules):
    """Takes a request that is the last one once more for a mistake of the client's."""

    last: Call | None = None

    def reply(self, call: Call) -> Reply:
        again, self.last = call == self.last, call
        reply = super().reply(call)
        return self.failure(("ER999",)) if again and reply.order else reply


class _UserNowAndThen(Rules):
    seen = 0

    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        subject, problems = super().user(call)
        if problems != ("ER702",):
            return subject, problems
        self.seen += 1
        return (self.store.fixtures.email, ()) if self.seen % 2 == 0 else (subject, problems)


class _NumbersByTurns(Rules):
    seen = 0

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        number, problems = super().order_id(segment)
        if not segment.startswith(b"-"):
            return number, problems
        self.seen += 1
        return (number, problems) if self.seen % 2 else (segment.decode("ascii"), ())


POOL = category(
    "pool",
    Fault("pool-not-again", "The same request twice in a row is refused.", "repeat.success", _NotAgain),
    Fault(
        "pool-user-now-and-then",
        "Every second invalid user token is taken.",
        "repeat.user-invalid",
        _UserNowAndThen,
    ),
    Fault(
        "pool-numbers-by-turns",
        "A negative number is a number by turns.",
        "consistency.repeats",
        _NumbersByTurns,
    ),
    Fault(
        "pool-expired-now-and-then",
        "Every second expired token is taken.",
        "repeat.expired",
        _every(2, Kind.CLIENT_TOKEN),
    ),
    Fault(
        "pool-foreign-now-and-then",
        "Every second look at another's order succeeds.",
        "repeat.foreign",
        _ForeignNowAndThen,
    ),
    Fault(
        "pool-gateway-page",
        "Every fifth check is a gateway's error page.",
        "repeat.success",
        altered(_GATEWAY, success, every=5),
    ),
    Fault(
        "pool-general-error",
        "Every fifth check is a general error.",
        "repeat.success",
        altered(both(status(500), told_as("ER999")), success, every=5),
    ),
    Fault(
        "pool-no-status",
        "Every fifth check lacks its status.",
        "body.status",
        altered(payload(without("status")), success, every=5),
    ),
    Fault(
        "pool-data-array",
        "Every fifth check has data as an array.",
        "body.data",
        altered(member("data", []), success, every=5),
    ),
    Fault(
        "pool-html",
        "Every ninth answer says that it is HTML.",
        "header.content-type",
        altered(header("Content-Type", "text/html"), anything, every=9),
    ),
    Fault(
        "pool-two-texts",
        "Every second ER035 has other words.",
        "envelope.message",
        altered(entry("message", "Order not found."), telling("ER035"), every=2),
    ),
    Fault(
        "pool-two-solutions",
        "Every second ER800 has another solution.",
        "envelope.solution",
        altered(entry("solution", "Provide a token."), telling("ER800"), every=2),
    ),
    Fault(
        "pool-two-statuses",
        "ER034 comes with 400 or 422 by turns.",
        "consistency.status",
        altered(status(422), telling("ER034"), every=2),
    ),
    Fault(
        "pool-status-200",
        "Every seventh envelope has status 200.",
        "status.failure",
        altered(status(200), failure, every=7),
    ),
    Fault(
        "pool-unknown-now-and-then",
        "Every fifth check of an owned order is not found.",
        "repeat.success",
        altered(
            both(status(400), told_as("ER035")),
            success,
            every=5,
        ),
    ),
)
