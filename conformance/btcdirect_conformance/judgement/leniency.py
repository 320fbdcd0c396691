"""Checks on successes that a strict server would refuse, and on refusals of what is the same request by the RFCs."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from attrs import evolve

from btcdirect_conformance.facts import ClientToken, Order, UserToken

from .checks import Check, Deviation
from .examined import Examined
from .oracle import rule


def _no_scheme(one: Examined) -> Iterator[Deviation]:
    facts = one.exchange.request.facts
    if not one.answer.is_success or not one.ruling.success:
        return
    strict = facts
    if facts.client_token is ClientToken.NO_SCHEME:
        strict = evolve(strict, client_token=ClientToken.WRONG_SCHEME)
    if facts.user_token is UserToken.NO_SCHEME:
        strict = evolve(strict, user_token=UserToken.WRONG_SCHEME)
    if strict is not facts and not rule(strict, one.contract).success:
        yield "a token taken only after Bearer and a blank", "a success for a token without them"


def _other_spelling(one: Examined) -> Iterator[Deviation]:
    if one.exchange.request.facts.order is Order.OTHER_SPELLING and one.ruling.success and one.answer.is_success:
        yield "an order found by its own digits alone", "a success for another spelling of its number"


def _strict_number(one: Examined) -> Iterator[Deviation]:
    facts = one.exchange.request.facts
    if facts.order is Order.ODD_NUMBER and one.ruling.allows(one.answer.codes):
        strict = rule(evolve(facts, order=Order.NOT_A_NUMBER), one.contract)
        if one.answer.codes and not strict.allows(one.answer.codes):
            yield str(strict), f"{one.answer.status} with {', '.join(sorted(one.answer.codes))}, as for a number"


def _encoded_digits(one: Examined) -> Iterator[Deviation]:
    facts = one.exchange.request.facts
    if facts.order is not Order.ENCODED_DIGITS or one.claims_success:
        return
    if not rule(evolve(facts, order=Order.OWNED), one.contract).failure:
        yield "a success, as for the same URI without percent-encoding", f"status {one.answer.status}"


LENIENCY_CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "auth.no-scheme": _no_scheme,
        "order.other-spelling": _other_spelling,
        "order.strict-number": _strict_number,
        "order.encoded-digits": _encoded_digits,
    }
)
