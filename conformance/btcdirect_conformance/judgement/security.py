"""Checks on what an answer must not give away. No document demands them; what answers hold is secret all the same."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange, Headers, Request, Response, http_date
from btcdirect_conformance.facts import ApiKey, ClientToken, RequestFacts, UserToken
from btcdirect_conformance.vocabulary import is_public

from .checks import Check, Deviation
from .classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION
from .examined import Examined, said
from .readings import readings
from .violation import Violation

_SHORTEST_SECRET = 8
"""A shorter value may stand in an answer by chance."""

_EXAMPLE = "fooToken"
"""The endpoint page's own example; a mock may give it to everybody, and a description of the endpoint shows it."""

_FIELDS = {name.lower(): name for name in (AUTHORIZATION, API_KEY, USER_AUTHORIZATION)}
_DIRECTIVE = re.compile(r'([\w-]+)(?:\s*=\s*("[^"]*"|[^,\s]*))?')
_USERS = (UserToken.VALID, UserToken.OTHER_USER)
_ACCESS_TOKEN = re.compile(rf'"accessToken"\s*:\s*"(?!{_EXAMPLE}")[^"]'.encode())


def _order_existence(one: Examined) -> Iterator[Deviation]:
    told = one.answer.codes & _of_orders(one.contract)
    if told and not _may_be_authenticated(one.exchange.request.facts):
        yield "nothing about the order's existence before the request is authenticated", ", ".join(sorted(told))


@lru_cache(maxsize=16)
def _of_orders(contract: Contract) -> frozenset[str]:
    return frozenset(contract.codes_by_trigger[name] for name in ("order.unknown", "order.foreign"))


@lru_cache(maxsize=4096)
def _may_be_authenticated(facts: RequestFacts) -> bool:
    return any(map(_authenticated, readings(facts)))


def _authenticated(facts: RequestFacts) -> bool:
    methods = (facts.client_token is ClientToken.VALID, facts.api_key is ApiKey.VALID)
    absent = (facts.client_token is ClientToken.ABSENT, facts.api_key is ApiKey.ABSENT)
    one_method = methods in ((True, False), (False, True)) and any(absent)
    return one_method and facts.user_token in _USERS


def _caching(one: Examined) -> Iterator[Deviation]:
    if one.answer.access_token and (reason := _shared_storage(one.exchange.request, one.response)):
        yield "an access token that no shared cache keeps (Cache-Control: no-store or private)", reason


def _shared_storage(request: Request, response: Response) -> str:
    """Which header lets a shared cache reuse the answer for others (RFC 9111, sections 3, 3.5 and 4.2.1)."""
    authorized = any(name.lower() == AUTHORIZATION.lower() for name, _ in request.headers)
    for name in ("CDN-Cache-Control", "Surrogate-Control"):  # for some shared caches, before Cache-Control (RFC 9213)
        if _may_be_shared(targeted := response.header(name) or "", authorized=authorized):
            return f"{name}: {targeted}"
    control = response.header("Cache-Control") or ""
    if may_be := _may_be_shared(control, authorized=authorized):
        return f"Cache-Control: {control}"
    return _expires_later(response) if may_be is None and not authorized else ""


def _may_be_shared(control: str, *, authorized: bool) -> bool | None:
    """Whether cache directives let a shared cache reuse an answer; ``None`` if they don't say."""
    directives: dict[str, str] = {}
    for name, value in _DIRECTIVE.findall(control.lower()):
        directives.setdefault(name, value.strip('"'))
    # With a value, private and no-cache are about these fields alone.
    if "no-store" in directives or "" in (directives.get("private"), directives.get("no-cache")):
        return False
    lifetime = directives.get("s-maxage", directives.get("max-age"))
    if lifetime is not None and not (lifetime.isdecimal() and lifetime.strip("0")):
        return False  # stale at once, as is what cannot be read (RFC 9111, section 4.2.1)
    if authorized and not directives.keys() & {"public", "s-maxage", "must-revalidate"}:
        return None
    return True if "public" in directives or lifetime is not None else None


def _expires_later(response: Response) -> str:
    expires = response.header("expires") or ""
    until, since = http_date(expires), http_date(response.header("date") or "")
    return f"Expires: {expires}" if until is not None and since is not None and until > since else ""


SECURITY_CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "security.order-existence": _order_existence,
        "security.caching": _caching,
    }
)


def echoed(exchanges: Sequence[Exchange], _: Contract) -> Sequence[Violation]:
    """Answers that repeat the credentials of their request, unless others say the same without having been told.

    Credentials that are made up may be any word of the API's own texts, or the name of its media type. What TRACE sends
    back has a case of its own.
    """
    told = [(one, answer) for one, answer in _whole(exchanges) if one.request.method != "TRACE"]
    expected = "an answer without the credentials of its request"
    return [
        Violation("security.echo", expected, f"the value of {name} in the answer", one)
        for one, answer in told
        for name, secret in _credentials(one.request.headers)
        if secret in answer
        and not any(secret in other for another, other in told if not _carries(another.request, secret))
    ]


def credentials_told(exchanges: Sequence[Exchange], _: Contract) -> Sequence[Violation]:
    """Answers that hold a valid credential, the client's or a user's, that their request did not carry."""
    valid = {secret: name for one in exchanges for name, secret in _valid(one.request)}
    expected = "an answer without credentials"
    return [
        Violation("security.credentials", expected, f"a valid {name} in the answer", one)
        for one, answer in _whole(exchanges)
        for secret, name in valid.items()
        if secret in answer and not _carries(one.request, secret)
    ]


def _whole(exchanges: Sequence[Exchange]) -> Iterator[tuple[Exchange, bytes]]:
    """All that was answered, to any method, and what it says."""
    return ((one, said(one.answer)) for one in exchanges if isinstance(one.answer, Response))


def _carries(request: Request, secret: bytes) -> bool:
    """Whether a request says it, alone or with something around it."""
    return secret in request.target.encode() or any(secret in value.encode() for _, value in request.headers)


@lru_cache(maxsize=4096)
def _valid(request: Request) -> tuple[tuple[str, bytes], ...]:
    """The credentials of a request that are good ones, and no words of the documents."""
    facts = request.facts
    good = {
        AUTHORIZATION: facts.client_token in (ClientToken.VALID, ClientToken.USER_TOKEN),
        API_KEY: facts.api_key is ApiKey.VALID,
        USER_AUTHORIZATION: facts.user_token in _USERS,
    }
    return tuple(
        (name, secret)
        for name, secret in _credentials(request.headers)
        if good[name] and not is_public(secret.decode())
    )


@lru_cache(maxsize=4096)
def _credentials(headers: Headers) -> tuple[tuple[str, bytes], ...]:
    named = (
        (_FIELDS[name.lower()], value.removeprefix("Bearer ").strip().encode())
        for name, value in headers
        if name.lower() in _FIELDS
    )
    return tuple((name, secret) for name, secret in named if len(secret) >= _SHORTEST_SECRET)


def token_in_error(judged: Sequence[Examined]) -> Iterator[Violation]:
    """Answers that are no success and hold an access token: one that a success gave out, or one by its name."""
    given = {one.answer.access_token or "" for one in judged if one.answer.is_success}
    tokens = [token.encode() for token in given - {_EXAMPLE} if len(token) >= _SHORTEST_SECRET]
    for one in judged:
        if one.answer.is_success or one.claims_success:
            continue
        if names_access_token(one.response) or any(token in said(one.response) for token in tokens):
            expected = "no access token in an answer that is no success"
            yield Violation("security.token-in-error", expected, f"{one.answer.status} with one", one.exchange)


def names_access_token(response: Response) -> bool:
    """Whether a body has an access token by its name."""
    return bool(_ACCESS_TOKEN.search(response.body))


def token_of_another(judged: Sequence[Examined]) -> Iterator[Violation]:
    """Access tokens that two users got, the second one anywhere in a success of his."""
    successes = [one for one in judged if one.answer.is_success and _user(one) in _USERS]
    owner: dict[str, UserToken] = {}
    for one in successes:
        if one.answer.access_token not in (None, _EXAMPLE):
            owner.setdefault(one.answer.access_token, _user(one))
    for one in successes:
        if any(whose is not _user(one) and _holds(one, token) for token, whose in owner.items()):
            expected = "no access token of another user"
            yield Violation("security.token-per-user", expected, "one that another user got", one.exchange)


def _user(one: Examined) -> UserToken:
    return one.exchange.request.facts.user_token


def _holds(one: Examined, token: str) -> bool:
    return token == one.answer.access_token or (len(token) >= _SHORTEST_SECRET and token.encode() in said(one.response))
