"""The factors of a request and the states that each is put into: what a state is called, needs and sends."""

import base64
import json
from collections.abc import Callable

from attrs import field, frozen

from btcdirect_conformance.classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION
from btcdirect_conformance.exchange import Headers
from btcdirect_conformance.facts import ANY_CLIENT, Fixtures

INVENTED = "btcdirect-conformance-invented"
"""A credential that no server ever issued."""

KEY = "credentials.api_key"
TOKEN = "credentials.client_token"  # noqa: S105
EXPIRED = "credentials.expired_client_token"
USER = "credentials.user_token"
OTHER_USER = "credentials.other_user_token"

Fields = Callable[[Fixtures], Headers | None]


@frozen
class State:
    """One state of the client's or the user's authorization."""

    slug: str
    title: str
    fields: Fields = field(repr=False)
    """The header fields; ``None`` if the fixtures cannot show this state."""
    needs: tuple[str, ...] = ()


def _fields(name: str, value: Callable[[Fixtures], str | None]) -> Fields:
    def build(fixtures: Fixtures) -> Headers | None:
        text = value(fixtures)
        return None if text is None else ((name, text),)

    return build


def _bearer(name: str, token: Callable[[Fixtures], str | None]) -> Fields:
    def value(fixtures: Fixtures) -> str | None:
        text = token(fixtures)
        return None if text is None else f"Bearer {text}"

    return _fields(name, value)


def _both(*parts: Fields) -> Fields:
    def build(fixtures: Fixtures) -> Headers | None:
        built = [part(fixtures) for part in parts]
        return None if None in built else tuple(pair for headers in built for pair in headers or ())

    return build


def truncated(secret: str | None) -> str | None:
    """A secret without its last character."""
    return secret[:-1] if secret and len(secret) > 1 else None


def extended(secret: str | None) -> str | None:
    """A secret and more: enough that no lenient base64 reader takes it for the same octets."""
    return f"{secret}xx" if secret else None


def other_case(secret: str | None) -> str | None:
    """A secret with its letters' case changed; ``None`` if it has no letters."""
    return secret.swapcase() if secret and secret.swapcase() != secret else None


def forged(token: str | None) -> str:
    """The claims of a JWT without its signature (``alg: none``), or invented claims if the token is no JWT."""
    parts = (token or "").split(".")
    claims = parts[1] if len(parts) == 3 else _base64url({"sub": INVENTED, "exp": 4102444800})
    return f"{_base64url({'alg': 'none', 'typ': 'JWT'})}.{claims}."


def _base64url(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _token(value: Callable[[Fixtures], str | None]) -> Fields:
    return _bearer(AUTHORIZATION, value)


def _key(value: Callable[[Fixtures], str | None]) -> Fields:
    return _fields(API_KEY, value)


def _user(value: Callable[[Fixtures], str | None]) -> Fields:
    return _bearer(USER_AUTHORIZATION, value)


_VALID_KEY = _key(lambda has: has.api_key)
_VALID_TOKEN = _token(lambda has: has.client_token)
_INVALID_TOKEN = _token(lambda _: INVENTED)
_INVALID_KEY = _key(lambda _: INVENTED)
_EXPIRED_TOKEN = _token(lambda has: has.expired_client_token)

BY_KEY = State("key", "by API key", _VALID_KEY, (KEY,))
BY_TOKEN = State("token", "by client token", _VALID_TOKEN, (TOKEN,))
BY_ANY = State(
    "client", "by either method", lambda has: (_VALID_KEY if has.api_key else _VALID_TOKEN)(has), (ANY_CLIENT,)
)

NO_CLIENT = State("client-none", "No client authorization", lambda _: ())
TOKEN_EXPIRED = State("client-expired", "An expired client token", _EXPIRED_TOKEN, (EXPIRED,))
TOKEN_INVALID = State("client-invalid", "A client token that was never issued", _INVALID_TOKEN)
KEY_INVALID = State("key-invalid", "An API key that was never issued", _INVALID_KEY)
BOTH_INVALID = State(
    "both-invalid", "An invalid client token and an invalid API key", _both(_INVALID_TOKEN, _INVALID_KEY)
)
BOTH = State("both-valid", "A valid client token and a valid API key", _both(_VALID_TOKEN, _VALID_KEY), (TOKEN, KEY))

CLIENT_FAULTS = (TOKEN_EXPIRED, NO_CLIENT, TOKEN_INVALID, KEY_INVALID, BOTH)
"""One of each kind; the others are near relations of these."""

CLIENT_RELATIONS = (
    State(
        "client-truncated",
        "The client token without its end",
        _token(lambda has: truncated(has.client_token)),
        (TOKEN,),
    ),
    State(
        "client-expired-truncated",
        "The expired client token without its end",
        _token(lambda has: truncated(has.expired_client_token)),
        (EXPIRED,),
    ),
    State("client-extended", "The client token and more", _token(lambda has: extended(has.client_token)), (TOKEN,)),
    State(
        "client-other-case",
        "The client token in other letter case",
        _token(lambda has: other_case(has.client_token)),
        (TOKEN,),
    ),
    State(
        "client-user-token", "The user's token in the client token's place", _token(lambda has: has.user_token), (USER,)
    ),
    State(
        "client-other-user-token",
        "Another user's token in the client token's place",
        _token(lambda has: has.other_user_token),
        (OTHER_USER,),
    ),
    State("client-api-key", "The API key in the client token's place", _token(lambda has: has.api_key), (KEY,)),
    State("client-forged", "A client token without a signature", _token(lambda has: forged(has.client_token))),
    State("client-empty", "Bearer without a token", _fields(AUTHORIZATION, lambda _: "Bearer")),
    State("client-blank", "An empty Authorization", _fields(AUTHORIZATION, lambda _: "")),
    State(
        "client-wrong-scheme",
        "The client token after Basic",
        _fields(AUTHORIZATION, lambda has: f"Basic {has.client_token}"),
        (TOKEN,),
    ),
    State(
        "client-no-scheme",
        "The client token without Bearer",
        _fields(AUTHORIZATION, lambda has: has.client_token),
        (TOKEN,),
    ),
    State(
        "client-scheme-case",
        "The client token after bearer",
        _fields(AUTHORIZATION, lambda has: f"bearer {has.client_token}"),
        (TOKEN,),
    ),
    State("key-truncated", "The API key without its end", _key(lambda has: truncated(has.api_key)), (KEY,)),
    State("key-extended", "The API key and more", _key(lambda has: extended(has.api_key)), (KEY,)),
    State("key-other-case", "The API key in other letter case", _key(lambda has: other_case(has.api_key)), (KEY,)),
    State("key-client-token", "The client token in the API key's place", _key(lambda has: has.client_token), (TOKEN,)),
    State("key-user-token", "The user's token in the API key's place", _key(lambda has: has.user_token), (USER,)),
    State("key-empty", "An empty API key", _key(lambda _: "")),
    State(
        "both-invalid-token", "An invalid client token and a valid API key", _both(_INVALID_TOKEN, _VALID_KEY), (KEY,)
    ),
    State(
        "both-expired-token",
        "An expired client token and a valid API key",
        _both(_EXPIRED_TOKEN, _VALID_KEY),
        (EXPIRED, KEY),
    ),
    State(
        "both-invalid-key", "A valid client token and an invalid API key", _both(_VALID_TOKEN, _INVALID_KEY), (TOKEN,)
    ),
    BOTH_INVALID,
    State(
        "both-key-first",
        "A valid API key, and then a valid client token",
        _both(_VALID_KEY, _VALID_TOKEN),
        (TOKEN, KEY),
    ),
    State(
        "both-expired-invalid",
        "An expired client token and an invalid API key",
        _both(_EXPIRED_TOKEN, _INVALID_KEY),
        (EXPIRED,),
    ),
    State(
        "both-empty-token",
        "Bearer without a token and a valid API key",
        _both(_fields(AUTHORIZATION, lambda _: "Bearer"), _VALID_KEY),
        (KEY,),
    ),
    State(
        "both-empty-key", "A valid client token and an empty API key", _both(_VALID_TOKEN, _key(lambda _: "")), (TOKEN,)
    ),
    State(
        "both-wrong-scheme",
        "Basic and a valid API key",
        _both(_fields(AUTHORIZATION, lambda _: f"Basic {INVENTED}"), _VALID_KEY),
        (KEY,),
    ),
)

VALID_USER = State("user", "the order's user", _user(lambda has: has.user_token), (USER,))
OTHER = State("user-other", "Another user's token", _user(lambda has: has.other_user_token), (OTHER_USER,))
OTHER_TRUNCATED = State(
    "user-other-truncated",
    "Another user's token without its end",
    _user(lambda has: truncated(has.other_user_token)),
    (OTHER_USER,),
)
NO_USER = State("user-missing", "No user token", lambda _: ())
USER_INVALID = State("user-invalid", "A user token that was never issued", _user(lambda _: INVENTED))

USER_FAULTS = (NO_USER, USER_INVALID, OTHER)

USER_RELATIONS = (
    State("user-truncated", "The user token without its end", _user(lambda has: truncated(has.user_token)), (USER,)),
    State("user-extended", "The user token and more", _user(lambda has: extended(has.user_token)), (USER,)),
    State(
        "user-other-case", "The user token in other letter case", _user(lambda has: other_case(has.user_token)), (USER,)
    ),
    State(
        "user-client-token", "The client token in the user token's place", _user(lambda has: has.client_token), (TOKEN,)
    ),
    State(
        "user-expired-client-token",
        "An expired client token in the user token's place",
        _user(lambda has: has.expired_client_token),
        (EXPIRED,),
    ),
    State("user-api-key", "The API key in the user token's place", _user(lambda has: has.api_key), (KEY,)),
    State("user-forged", "A user token without a signature", _user(lambda has: forged(has.user_token))),
    State("user-empty", "Bearer without a user token", _fields(USER_AUTHORIZATION, lambda _: "Bearer")),
    State("user-blank", "An empty User-Authorization", _fields(USER_AUTHORIZATION, lambda _: "")),
    State(
        "user-wrong-scheme",
        "The user token after Basic",
        _fields(USER_AUTHORIZATION, lambda has: f"Basic {has.user_token}"),
        (USER,),
    ),
    State(
        "user-no-scheme",
        "The user token without Bearer",
        _fields(USER_AUTHORIZATION, lambda has: has.user_token),
        (USER,),
    ),
    State(
        "user-scheme-case",
        "The user token after bearer",
        _fields(USER_AUTHORIZATION, lambda has: f"bearer {has.user_token}"),
        (USER,),
    ),
)
