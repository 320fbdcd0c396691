"""Checks on what an answer must not give away. No document demands them; what answers hold is secret all the same."""

import re
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from types import MappingProxyType

from .answers import members
from .checks import Check, Deviation
from .classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION
from .examined import Examined
from .exchange import Response
from .facts import ApiKey, ClientToken, RequestFacts, UserToken
from .readings import readings
from .violation import Violation

_SHORTEST_SECRET = 8
"""A shorter value may stand in an answer by chance."""

_ACCESS_TOKEN = re.compile(rb'"accessToken"\s*:\s*"[^"]')
_EXAMPLE = "fooToken"
"""The endpoint page's own example; a mock may give it to everybody."""


def access_token(one: Examined) -> str | None:
    """The access token of a success."""
    data = members(one.answer.members.get("data")) if one.answer.is_success else None
    token = (data or {}).get("accessToken")
    return token if isinstance(token, str) and token else None


def _holds(response: Response, secret: str) -> bool:
    return secret.encode() in response.body or any(secret in value for _, value in response.headers)


def _order_existence(one: Examined) -> Iterator[Deviation]:
    told = one.answer.codes & {one.contract.codes_by_trigger[name] for name in ("order.unknown", "order.foreign")}
    if told and not any(map(_authenticated, readings(one.exchange.request.facts))):
        yield "nothing about the order's existence before the request is authenticated", ", ".join(sorted(told))


def _authenticated(facts: RequestFacts) -> bool:
    methods = (facts.client_token is ClientToken.VALID, facts.api_key is ApiKey.VALID)
    absent = (facts.client_token is ClientToken.ABSENT, facts.api_key is ApiKey.ABSENT)
    one_method = methods in ((True, False), (False, True)) and any(absent)
    return one_method and facts.user_token in (UserToken.VALID, UserToken.OTHER_USER)


def _caching(one: Examined) -> Iterator[Deviation]:
    if access_token(one) and (reason := _shared_storage(one.response)):
        yield "an access token that no shared cache keeps (Cache-Control: no-store or private)", reason


def _shared_storage(response: Response) -> str:
    """Which header lets a shared cache reuse the answer for others (RFC 9111, sections 3, 3.5 and 4.2.1)."""
    control = response.header("cache-control") or ""
    directives: dict[str, str] = {}
    for directive in control.lower().split(","):
        name, _, value = directive.strip().partition("=")
        directives.setdefault(name, value.strip('"'))
    if directives.keys() & {"no-store", "private", "no-cache"}:
        return ""
    lifetime = directives.get("s-maxage", directives.get("max-age"))
    if lifetime is not None and not (lifetime.isdecimal() and int(lifetime[:9])):
        return ""  # stale at once, as is what cannot be read (RFC 9111, section 4.2.1)
    if "public" in directives or lifetime is not None:
        return f"Cache-Control: {control}"
    return _expires_later(response)


def _expires_later(response: Response) -> str:
    expires = response.header("expires") or ""
    try:
        until = parsedate_to_datetime(expires)
        since = parsedate_to_datetime(response.header("date") or "")
        later = until > since
    except (ValueError, TypeError, OverflowError, IndexError):
        return ""
    return f"Expires: {expires}" if later else ""


SECURITY_CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "security.order-existence": _order_existence,
        "security.caching": _caching,
    }
)


def echoed(judged: Sequence[Examined]) -> Iterator[Violation]:
    """Answers that repeat the credentials of their request, unless others say the same without having been told.

    Credentials that are made up may be any word of the API's own texts, or the name of its media type.
    """
    for one in judged:
        for name, secret in _credentials(one):
            if _holds(one.response, secret) and not any(
                _holds(other.response, secret) for other in judged if secret not in dict(_credentials(other)).values()
            ):
                expected = "an answer without the credentials of its request"
                yield Violation("security.echo", expected, f"the value of {name} in the answer", one.exchange)


def _credentials(one: Examined) -> Iterator[tuple[str, str]]:
    for name, value in one.exchange.request.headers:
        secret = value.removeprefix("Bearer ").strip()
        if name in (AUTHORIZATION, API_KEY, USER_AUTHORIZATION) and len(secret) >= _SHORTEST_SECRET:
            yield name, secret


def token_in_error(judged: Sequence[Examined]) -> Iterator[Violation]:
    """Answers that are no success and hold an access token: one that a success gave out, or one by its name."""
    tokens = {token for one in judged if (token := access_token(one)) and len(token) >= _SHORTEST_SECRET}
    for one in judged:
        if one.answer.is_success or one.claims_success:
            continue
        named = bool(_ACCESS_TOKEN.search(one.response.body))
        if named or any(_holds(one.response, token) for token in tokens):
            expected = "no access token in an answer that is no success"
            yield Violation("security.token-in-error", expected, f"{one.answer.status} with one", one.exchange)


def token_of_another(judged: Sequence[Examined]) -> Iterator[Violation]:
    """Access tokens that two users got."""
    owner: dict[str, UserToken] = {}
    for one in judged:
        user = one.exchange.request.facts.user_token
        token = access_token(one)
        if token is None or token == _EXAMPLE or user not in (UserToken.VALID, UserToken.OTHER_USER):
            continue
        if owner.setdefault(token, user) is not user:
            expected = "an access token of its own for each user"
            yield Violation("security.token-per-user", expected, "the same one for two users", one.exchange)
