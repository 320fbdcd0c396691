"""An id or credentials where the documents know none: behind the path, in a cookie."""

from collections.abc import Iterator, Sequence

from attrs import evolve

from btcdirect_conformance.classify import AUTHORIZATION, USER_AUTHORIZATION
from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Headers, Request
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.near_secrets import INVENTED
from btcdirect_conformance.verdict import Level

from . import factors, order_ids
from .case import Case, Plan
from .combination import Combination, case, no_success

_NOBODY = Combination(client=factors.NO_CLIENT)
_NO_USER = Combination(user=factors.NO_USER)

_CLIENT_NAMES = (
    "api_key",
    "apikey",
    "apiKey",
    "api-key",
    "key",
    "access_token",
    "token",
    "client_token",
    "auth",
    "jwt",
)
_USER_NAMES = ("user_token", "userToken", "user-token", "user_authorization", "user", "utoken", "token", "access_token")


def elsewhere_cases(contract: Contract) -> Iterator[Case]:
    """The id of the path counts, and no other; what stands elsewhere opens no door, and is no credential."""
    foreign = Combination(order=order_ids.FOREIGN)
    named = case("request.query-id", "Somebody else's order, and the user's own in the query", foreign, contract)
    needs = tuple(dict.fromkeys((*named.needs, order_ids.OWNED)))
    yield evolve(named, plan=_with(foreign, contract, "?id={owned}"), needs=needs)
    asked = case("request.query", "No client authorization, and a query", _NOBODY, contract)
    yield evolve(asked, plan=_with(_NOBODY, contract, "?x=1"))
    yield evolve(
        case("request.trailing-slash", "", _NOBODY, contract),
        level=Level.SHOULD,
        title="No client authorization, and a slash behind the path: no success",
        plan=_with(_NOBODY, contract, "/"),
        judge=no_success,
    )
    # A secret in a URL is in every log on the way, so none is sent: who reads an invented one there, says that it is
    # invalid, where nobody who keeps to the headers has seen any.
    for slug, title, nobody, field, names in (
        ("client", "No client authorization", _NOBODY, AUTHORIZATION, _CLIENT_NAMES),
        ("user", "No user token", _NO_USER, USER_AUTHORIZATION, _USER_NAMES),
    ):
        pairs = [f"{name}={INVENTED}" for name in (*names, field)]
        yield evolve(
            case(f"request.{slug}-elsewhere", f"{title}, but something in query and cookie", nobody, contract),
            level=Level.SHOULD,
            plan=_with(nobody, contract, f"?{'&'.join(pairs)}", (("Cookie", "; ".join(pairs)),)),
        )


def _with(combination: Combination, contract: Contract, behind: str, fields: Headers = ()) -> Plan:
    """A combination, something behind its path, and more header fields."""

    def plan(fixtures: Fixtures) -> Sequence[Request]:
        request = combination.request(fixtures, contract.path)
        if request is None:
            return ()
        # Who takes nothing that is not documented may refuse it in a way of its own.
        facts = evolve(request.facts, refusable=True)
        target = request.target + behind.format(owned=fixtures.owned)
        return (evolve(request, target=target, headers=(*request.headers, *fields), facts=facts),)

    return plan
