"""How tokens come about: authenticate, refresh, log in, log out.

All of it is from the vendor docs, none from the endpoint page, and no server is judged by it. Of the errors those docs
name one, ER038 "Bad credentials."; its solution and every status here are assumed.
"""

import hmac
from collections.abc import Callable, Mapping
from typing import cast

from .messages import Call, Reply
from .rules import Rules
from .store import REFRESH_LIFETIME, TOKEN_LIFETIME, Kind, Store

Session = Callable[[Rules, Call, object], Reply]

_REFUSED = Reply(
    400,
    {"errors": {"ER038": {"code": "ER038", "message": "Bad credentials.", "solution": "Provide valid credentials."}}},
)
_REFRESHED = {Kind.CLIENT_REFRESH: Kind.CLIENT_TOKEN, Kind.USER_REFRESH: Kind.USER_TOKEN}
_REFRESHING = {token: refresh for refresh, token in _REFRESHED.items()}


def authenticate(rules: Rules, call: Call, body: object) -> Reply:
    """``{"username", "password"}`` of the partner for a client token."""
    del call
    store = rules.store
    return _pair(store, Kind.CLIENT_TOKEN, _logged_in(store, body, "username", among=(store.fixtures.username,)))


def log_in(rules: Rules, call: Call, body: object) -> Reply:
    """A customer's address and password for a user token. Public pages disagree on ``email`` and ``emailAddress``."""
    del call
    store = rules.store
    customers = (store.fixtures.email, store.fixtures.other_email)
    return _pair(store, Kind.USER_TOKEN, _logged_in(store, body, "email", "emailAddress", among=customers))


def refresh(rules: Rules, call: Call, body: object) -> Reply:
    """``{"refreshToken"}`` for a new pair of the same kind; the old refresh token is used up."""
    del call
    store = rules.store
    secret = _text(body, "refreshToken")
    for kind, wanted in _REFRESHED.items():
        grant = store.grant(kind, secret)
        if grant is not None and not store.expired(grant):
            store.revoke(grant)
            return _pair(store, wanted, grant.subject)
    return _REFUSED


def log_out(rules: Rules, call: Call, body: object) -> Reply:
    """Make the user token of the request invalid."""
    del body
    _, problems = rules.user(call)
    if problems:
        return rules.failure(problems)
    token = rules.bearer(", ".join(call.values("user-authorization"))) or ""
    if grant := rules.find(Kind.USER_TOKEN, token):
        rules.store.revoke(grant)
    return Reply(204, None, raw=b"")


SESSION_ROUTES: Mapping[str, Session] = {
    "/api/v1/authenticate": authenticate,
    "/api/v1/refresh": refresh,
    "/api/v1/user/login": log_in,
    "/api/v1/user/logout": log_out,
}


def _logged_in(store: Store, body: object, *fields: str, among: tuple[str, ...]) -> str | None:
    name = next((name for field in fields if (name := _text(body, field))), "")
    account = store.accounts.get(name) if name in among else None
    password = _text(body, "password")
    if account is None or not hmac.compare_digest(account.password.encode(), password.encode("utf-8", "replace")):
        return None
    return name


def _pair(store: Store, kind: Kind, subject: str | None) -> Reply:
    if subject is None:
        return _REFUSED
    pair = {
        "token": store.issue(kind, subject, TOKEN_LIFETIME),
        "refreshToken": store.issue(_REFRESHING[kind], subject, REFRESH_LIFETIME),
    }
    return Reply(200, pair if kind is Kind.CLIENT_TOKEN else {**pair, "identifier": store.accounts[subject].identifier})


def _text(body: object, name: str) -> str:
    value = cast("Mapping[str, object]", body).get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else ""
