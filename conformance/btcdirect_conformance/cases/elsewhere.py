"""What stands where the documents know none: an id in the query, credentials in other fields, a path in other words."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from attrs import evolve

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange, Headers, Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.judgement.classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION
from btcdirect_conformance.judgement.oracle import holds_check, understand
from btcdirect_conformance.judgement.violation import Violation
from btcdirect_conformance.near_secrets import INVENTED
from btcdirect_conformance.verdict import Level

from . import factors, order_ids
from .case import Case, Plan
from .combination import Combination, answers, case

_NOBODY = Combination(client=factors.NO_CLIENT)
_NO_USER = Combination(user=factors.NO_USER)

_CLIENT_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("api_key", "apikey", "apiKey", "api-key", "key", API_KEY), "api_key"),
    **dict.fromkeys(("access_token", "token", AUTHORIZATION, "client_token", "auth", "jwt", "BEARER"), "client_token"),
}
_USER_NAMES: Mapping[str, str] = dict.fromkeys(
    (
        "user_token",
        "token",
        "access_token",
        USER_AUTHORIZATION,
        "BEARER",
        "userToken",
        "user-token",
        "user_authorization",
        "user",
        "utoken",
    ),
    "user_token",
)
"""What somebody may call a credential that stands in a query or a cookie, and the fixture that is then meant."""

_CLIENT_FIELDS: Mapping[str, str] = {
    **dict.fromkeys(("Api-Key", "ApiKey", "X-Api-Token"), "api_key"),
    **dict.fromkeys(("X-Auth-Token", "X-Access-Token", "X-Authorization"), "client_token"),
}
_USER_FIELDS: Mapping[str, str] = dict.fromkeys(("X-User-Token", "User-Token", "X-User-Authorization"), "user_token")
"""Header fields that somebody may take for the documented ones; what is called an authorization has a scheme."""

_OWN_MACHINE: Headers = (("X-Forwarded-For", "127.0.0.1"), ("X-Real-IP", "127.0.0.1"))
"""What anybody can say, and a server believes that takes every client for the proxy before it."""

_MOST = 2200
"""Characters of a query or of cookies."""

_MOST_FIELDS = 1500
"""Characters of other fields. With all three, and a token in its own field, a head stays within the usual 8 KiB."""

_SPELLINGS: tuple[Callable[[str], str], ...] = (
    "{}/".format,
    "/{}".format,
    "{};x".format,
    str.upper,
    "/index.php{}".format,
    "{}.json".format,
)
"""The path as some router takes it for the same, behind a gateway or a filter that knows it in one spelling alone."""

_COOKIE = re.compile(r'[^\s",;\\]+')
"""A value that a cookie carries as it is (RFC 6265, section 4.1.1)."""
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
"""A value that a query carries as it is, whoever decodes it (RFC 3986, section 2.3)."""


def elsewhere_cases(contract: Contract) -> Iterator[Case]:
    """The id of the path counts, and no other; what stands elsewhere, or is written otherwise, opens no door."""
    foreign = Combination(order=order_ids.FOREIGN)
    named = case("request.query-id", "Somebody else's order, and the user's own in the query", foreign, contract)
    needs = tuple(dict.fromkeys((*named.needs, order_ids.OWNED)))
    yield evolve(named, plan=_with(foreign, contract, "?id={owned}"), needs=needs)
    title = "No client authorization, and a query, as if from the server's own machine"
    asked = case("request.query", title, _NOBODY, contract)
    yield evolve(asked, plan=_with(_NOBODY, contract, "?x=1", _OWN_MACHINE))
    yield evolve(
        case("request.path-spelling", "", _NOBODY, contract),
        level=Level.SHOULD,
        title="No client authorization, and the path in other spellings: no liveness check",
        plan=_spelled(_NOBODY, contract),
        judge=_no_check,
    )
    for slug, title, nobody, names, others in (
        ("client", "No client authorization", _NOBODY, _CLIENT_NAMES, _CLIENT_FIELDS),
        ("user", "No user token", _NO_USER, _USER_NAMES, _USER_FIELDS),
    ):
        yield evolve(
            case(f"request.{slug}-elsewhere", f"{title}, but one in query, cookie and other fields", nobody, contract),
            level=Level.SHOULD,
            plan=_displaced(nobody, contract, names, others),
        )


def _spelled(combination: Combination, contract: Contract) -> Plan:
    def plan(fixtures: Fixtures) -> Sequence[Request]:
        as_documented = _with(combination, contract, "")(fixtures)
        return [evolve(request, target=spell(request.target)) for spell in _SPELLINGS for request in as_documented]

    return plan


def _no_check(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
    """The oracle's judgement where a liveness check was given out; what else is at such a path is not documented."""
    return [
        violation
        for violation in answers(exchanges, contract)
        if isinstance(response := violation.exchange.answer, Response) and holds_check(understand(response, contract))
    ]


def _displaced(nobody: Combination, contract: Contract, names: Mapping[str, str], others: Mapping[str, str]) -> Plan:
    """The valid credentials in query, cookie and other fields.

    Where none may be in a URL, invented ones in query and cookie come first. Who reads an invented one says that it is
    invalid, where nobody who keeps to the documented fields has seen any.
    """

    def plan(fixtures: Fixtures) -> Sequence[Request]:
        valid = _valid(names, fixtures)
        in_url: Mapping[str, str] = valid if fixtures.secrets_in_urls else {}
        invented = dict.fromkeys(names, INVENTED)
        in_fields = [
            (name, f"Bearer {value}" if name.endswith("Authorization") else value)
            for name, value in _valid(others, fixtures).items()
        ]
        fields = tuple(_first(in_fields, _MOST_FIELDS))

        def asked(query: Mapping[str, str], cookies: Mapping[str, str], more: Headers) -> Sequence[Request]:
            return _with(nobody, contract, _query(query), (*_cookie(cookies), *more))(fixtures)

        first = () if in_url else asked(invented, invented, ())
        return (*first, *asked(in_url, valid, fields))

    return plan


def _valid(names: Mapping[str, str], fixtures: Fixtures) -> Mapping[str, str]:
    return {name: value for name, fixture in names.items() if (value := getattr(fixtures, fixture))}


def _query(pairs: Mapping[str, str]) -> str:
    kept = _kept(pairs, _UNRESERVED)
    return f"?{'&'.join(kept)}" if kept else ""


def _cookie(pairs: Mapping[str, str]) -> Headers:
    kept = _kept(pairs, _COOKIE)
    return (("Cookie", "; ".join(kept)),) if kept else ()


def _kept(pairs: Mapping[str, str], carried: re.Pattern[str]) -> Sequence[str]:
    """The first pairs that fit, without those whose value would have to be encoded."""
    plain = [(name, value) for name, value in pairs.items() if carried.fullmatch(value)]
    return [f"{name}={value}" for name, value in _first(plain, _MOST)]


def _first(pairs: Iterable[tuple[str, str]], most: int) -> Iterator[tuple[str, str]]:
    """As many pairs as so many characters hold, with the mark between name and value."""
    room = most
    for name, value in pairs:
        room -= len(name) + 1 + len(value)
        if room < 0:
            return
        yield name, value


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
