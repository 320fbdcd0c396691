"""Which codes of the catalogue a run has seen, and why not the others."""

from collections.abc import Mapping, Sequence

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange
from btcdirect_conformance.facts import ANY_CLIENT, Fixtures
from btcdirect_conformance.judgement.oracle import codes_of, rule
from btcdirect_conformance.verdict import CodeCoverage

_USER = "credentials.user_token or credentials.other_user_token"

NEEDS: Mapping[str, tuple[str, ...]] = {
    "order-id.missing": (ANY_CLIENT, _USER),
    "order-id.not-a-number": (ANY_CLIENT, _USER),
    "order.unknown": (ANY_CLIENT, _USER, "orders.unknown"),
    "order.foreign": (ANY_CLIENT, _USER, "orders.foreign or credentials.other_user_token"),
    "user-token.missing": (ANY_CLIENT,),
    "user-token.invalid": (ANY_CLIENT,),
    "client-token.invalid": (),
    "client-token.expired": ("credentials.expired_client_token",),
    "client-token.missing": (),
    "client-authorization.multiple": (),
    "api-key.invalid": (),
    "api-key.missing": (),
    "other": (),
}
"""What a profile has to hold so that a trigger can be pulled alone, without another code that fits as well."""

_OPEN = {
    "client-token.missing": "requests without client authorization were answered with another code",
    "api-key.missing": "requests without client authorization were answered with another code",
    "order-id.missing": "the router answers a request without an order id, or another code does",
    "other": "no document says what provokes it",
}


def coverage(exchanges: Sequence[Exchange], fixtures: Fixtures, contract: Contract) -> tuple[CodeCoverage, ...]:
    """A row for each code of the catalogue."""
    statuses: dict[str, set[int]] = {}
    for exchange in exchanges:
        for code in codes_of(exchange, contract):
            statuses.setdefault(code, set()).add(exchange.answer.status or 0)
    rulings = [rule(one.request.facts, contract) for one in exchanges]
    provoked = {code for ruling in rulings for codes in ruling.codes for code in codes}
    return tuple(
        CodeCoverage(
            code=row.code,
            message=row.message.value,
            solution=row.solution.value,
            observed=row.code in statuses,
            statuses=tuple(sorted(statuses.get(row.code, ()))),
            reason=""
            if row.code in statuses
            else _reason(row.trigger.value, fixtures, sent=row.code in provoked, told=bool(statuses)),
        )
        for row in contract.catalogue.values()
    )


def _reason(trigger: str, fixtures: Fixtures, *, sent: bool, told: bool) -> str:
    missing = [_short(need) for need in fixtures.missing(NEEDS.get(trigger, ()))]
    if missing:
        return f"the profile has no {' and no '.join(missing)}"
    if not sent and trigger != "other":
        return "nothing was sent that provokes it"
    if not told:
        return "no answer had any code of the catalogue"
    return _OPEN.get(trigger, "other codes answered what provokes it")


def _short(need: str) -> str:
    return " or ".join(part.removeprefix("credentials.") for part in need.split(" or "))
