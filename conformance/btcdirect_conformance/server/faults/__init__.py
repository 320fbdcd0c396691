"""Servers that are wrong on purpose, each in one way."""

from collections.abc import Mapping

from attrs import evolve

from btcdirect_conformance.server.messages import Reply
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Grant

from .model import Fault, altered, failure

__all__ = ["FAULTS", "Fault"]


class _AcceptsExpired(Rules):
    def expired(self, grant: Grant) -> bool:
        del grant
        return False


class _ShowsForeign(Rules):
    def order(self, number: str, subject: str):  # type: ignore[no-untyped-def]
        order, problems = super().order(number, subject)
        return order, () if problems == ("ER150",) else problems


def _ok(reply: Reply) -> Reply:
    return evolve(reply, status=200)


FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(
            "client-token-expired-accepted",
            "authorization",
            "An expired client token opens the check.",
            "auth.client.expired",
            _AcceptsExpired,
        ),
        Fault("order-foreign-shown", "order", "Any user sees any order.", "order.foreign", _ShowsForeign),
        Fault(
            "status-200-envelope",
            "status",
            "An envelope comes with status 200.",
            "envelope.status",
            altered(_ok, of=failure),
        ),
    )
}
