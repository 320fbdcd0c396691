"""The factors of a request and the states that each is put into: what a state is called, needs and sends."""

import base64
from collections.abc import Callable, Sequence

from attrs import field, frozen

from btcdirect_conformance.classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION
from btcdirect_conformance.exchange import Headers
from btcdirect_conformance.facts import ANY_CLIENT, Fixtures
from btcdirect_conformance.near_secrets import (
    INVENTED,
    beheaded,
    extended,
    forged,
    other_case,
    percent_encoded,
    prefixed,
    replaced,
    resigned,
    swapped,
    truncated,
)

KEY = "credentials.api_key"
TOKEN = "credentials.client_token"  # noqa: S105
EXPIRED = "credentials.expired_client_token"
USER = "credentials.user_token"
OTHER_USER = "credentials.other_user_token"

Fields = Callable[[Fixtures], Headers | None]
Secret = Callable[[Fixtures], str | None]


@frozen
class State:
    """One state of the client's or the user's authorization."""

    slug: str
    title: str
    fields: Fields = field(repr=False)
    """The header fields; ``None`` if the fixtures cannot show this state."""
    needs: tuple[str, ...] = ()


def _fields(name: str, value: Secret) -> Fields:
    def build(fixtures: Fixtures) -> Headers | None:
        text = value(fixtures)
        return None if text is None else ((name, text),)

    return build


def _line(name: str, secret: Secret, template: str) -> Fields:
    """A field whose value holds a secret, in the template's braces."""

    def value(fixtures: Fixtures) -> str | None:
        text = secret(fixtures)
        return None if text is None else template.format(text)

    return _fields(name, value)


def _bearer(name: str, token: Secret) -> Fields:
    return _line(name, token, "Bearer {}")


def _both(*parts: Fields) -> Fields:
    def build(fixtures: Fixtures) -> Headers | None:
        built = [part(fixtures) for part in parts]
        return None if None in built else tuple(pair for headers in built for pair in headers or ())

    return build


def _token(value: Secret) -> Fields:
    return _bearer(AUTHORIZATION, value)


def _key(value: Secret) -> Fields:
    return _fields(API_KEY, value)


def _user(value: Secret) -> Fields:
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
BOTH_INVALID_TOKEN = State(
    "both-invalid-token", "An invalid client token and a valid API key", _both(_INVALID_TOKEN, _VALID_KEY), (KEY,)
)
BOTH_INVALID_KEY = State(
    "both-invalid-key", "A valid client token and an invalid API key", _both(_VALID_TOKEN, _INVALID_KEY), (TOKEN,)
)
BOTH = State("both-valid", "A valid client token and a valid API key", _both(_VALID_TOKEN, _VALID_KEY), (TOKEN, KEY))

CLIENT_FAULTS = (TOKEN_EXPIRED, NO_CLIENT, TOKEN_INVALID, KEY_INVALID, BOTH)
"""One of each kind; the others are near relations of these."""

_NEAR_MISSES = (
    ("truncated", "without its end", truncated),
    ("beheaded", "without its beginning", beheaded),
    ("extended", "and more", extended),
    ("prefixed", "after something else", prefixed),
    ("other-case", "in other letter case", other_case),
    ("swapped", "with two characters in each other's place", swapped),
    ("other-first", "with another first character", replaced(0)),
    ("other-middle", "with another character in the middle", replaced(0.5)),
    ("other-last", "with another last character", replaced(1)),
)
_FEW = ("truncated", "extended", "other-case")


def _near(
    kind: str,
    words: str,
    field: Callable[[Secret], Fields],
    secret: Secret,
    need: str,
    only: Sequence[str] = (),
) -> tuple[State, ...]:
    """Every near miss of a secret, or only some, sent where the secret belongs."""

    def missed(miss: Callable[[str | None], str | None]) -> Secret:
        return lambda has: miss(secret(has))

    return tuple(
        State(f"{kind}-{slug}", f"{words} {how}", field(missed(miss)), (need,))
        for slug, how, miss in _NEAR_MISSES
        if slug in only or not only
    )


def _written(kind: str, words: str, name: str, secret: Secret, need: str) -> tuple[State, ...]:
    """A token in the way that it is not to be written, or may be, and what is no token."""

    def line(template: str) -> Fields:
        return _line(name, secret, template)

    def plain(value: str) -> Fields:
        return _fields(name, lambda _: value)

    return (
        State(f"{kind}-empty", f"Bearer without a token for {words}", plain("Bearer")),
        State(f"{kind}-blank", f"An empty {name}", plain("")),
        State(f"{kind}-null", f"The word null for {words}", plain("Bearer null")),
        State(f"{kind}-undefined", f"The word undefined for {words}", plain("Bearer undefined")),
        State(f"{kind}-not-ascii", f"A word that is not ASCII for {words}", plain("Bearer caf\u00e9")),
        State(f"{kind}-wrong-scheme", f"{words} after Basic", line("Basic {}"), (need,)),
        State(f"{kind}-other-scheme", f"{words} after Digest", line("Digest {}"), (need,)),
        State(f"{kind}-list", f"Something else, a comma and {words}", line(f"Bearer {INVENTED}, Bearer {{}}"), (need,)),
        State(f"{kind}-scheme-suffix", f"{words} after XBearer", line("XBearer {}"), (need,)),
        State(f"{kind}-no-blank", f"{words} straight after Bearer", line("Bearer{}"), (need,)),
        State(f"{kind}-sql", f"An SQL condition for {words}", plain("Bearer '||'1'='1")),
        State(
            f"{kind}-first-of-list",
            f"{words}, a comma and something else",
            line(f"Bearer {{}}, Bearer {INVENTED}"),
            (need,),
        ),
        State(f"{kind}-quoted", f"{words} in quotes", line('Bearer "{}"'), (need,)),
        State(f"{kind}-no-scheme", f"{words} without Bearer", line("{}"), (need,)),
        State(f"{kind}-scheme-case", f"{words} after bearer", line("bearer {}"), (need,)),
        State(f"{kind}-first-of-two", f"{words}, a blank and something else", line(f"Bearer {{}} {INVENTED}"), (need,)),
        State(f"{kind}-last-of-two", f"Something else, a blank and {words}", line(f"Bearer {INVENTED} {{}}"), (need,)),
    )


def _basic(key: str | None) -> str | None:
    """The API key as the password of Basic (RFC 7617)."""
    return None if key is None else f"Basic {base64.b64encode(f':{key}'.encode()).decode()}"


_USERS_TOKEN = _token(lambda has: has.user_token)

CLIENT_USER_TOKEN = State("client-user-token", "The user's token in the client token's place", _USERS_TOKEN, (USER,))
BOTH_USER_TOKEN = State(
    "both-user-token", "The user's token and a valid API key", _both(_USERS_TOKEN, _VALID_KEY), (USER, KEY)
)

CLIENT_RELATIONS = (
    *_near("client", "The client token", _token, lambda has: has.client_token, TOKEN),
    *_written("client", "The client token", AUTHORIZATION, lambda has: has.client_token, TOKEN),
    *_near("key", "The API key", _key, lambda has: has.api_key, KEY),
    *_near(
        "client-expired", "The expired client token", _token, lambda has: has.expired_client_token, EXPIRED, only=_FEW
    ),
    CLIENT_USER_TOKEN,
    State(
        "client-other-user-token",
        "Another user's token in the client token's place",
        _token(lambda has: has.other_user_token),
        (OTHER_USER,),
    ),
    State("client-api-key", "The API key in the client token's place", _token(lambda has: has.api_key), (KEY,)),
    State(
        "client-api-key-scheme",
        "The API key after ApiKey",
        _line(AUTHORIZATION, lambda has: has.api_key, "ApiKey {}"),
        (KEY,),
    ),
    State(
        "client-basic-api-key",
        "The API key as the password of Basic",
        _fields(AUTHORIZATION, lambda has: _basic(has.api_key)),
        (KEY,),
    ),
    State("client-forged", "A client token without a signature", _token(lambda has: forged(has.client_token))),
    State(
        "client-resigned",
        "Other claims under a client token's signature",
        _token(lambda has: resigned(has.client_token)),
    ),
    State("key-client-token", "The client token in the API key's place", _key(lambda has: has.client_token), (TOKEN,)),
    State("key-user-token", "The user's token in the API key's place", _key(lambda has: has.user_token), (USER,)),
    State(
        "key-other-user-token",
        "Another user's token in the API key's place",
        _key(lambda has: has.other_user_token),
        (OTHER_USER,),
    ),
    State(
        "key-expired-client-token",
        "An expired client token in the API key's place",
        _key(lambda has: has.expired_client_token),
        (EXPIRED,),
    ),
    State("key-empty", "An empty API key", _key(lambda _: "")),
    State(
        "key-list",
        "Something else, a comma and the API key",
        _line(API_KEY, lambda has: has.api_key, f"{INVENTED},{{}}"),
        (KEY,),
    ),
    State("key-quoted", "The API key in quotes", _line(API_KEY, lambda has: has.api_key, '"{}"'), (KEY,)),
    State(
        "key-percent-encoded",
        "The API key with its first character percent-encoded",
        _key(lambda has: percent_encoded(has.api_key)),
        (KEY,),
    ),
    State("key-zero", "The digit 0 for an API key", _key(lambda _: "0")),
    State("key-glob", "An asterisk for an API key", _key(lambda _: "*")),
    State("key-wildcard", "SQL's wildcard for an API key", _key(lambda _: "%")),
    State("key-sql", "An SQL condition for an API key", _key(lambda _: "' OR '1'='1")),
    State("key-not-ascii", "A word that is not ASCII for an API key", _key(lambda _: "caf\u00e9")),
    BOTH_INVALID_TOKEN,
    State(
        "both-expired-token",
        "An expired client token and a valid API key",
        _both(_EXPIRED_TOKEN, _VALID_KEY),
        (EXPIRED, KEY),
    ),
    BOTH_USER_TOKEN,
    BOTH_INVALID_KEY,
    State(
        "both-same",
        "The client token, and the same in the API key's place",
        _both(_VALID_TOKEN, _key(lambda has: has.client_token)),
        (TOKEN,),
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
OTHER_NEAR_MISSES = _near(
    "user-other", "Another user's token", _user, lambda has: has.other_user_token, OTHER_USER, only=_FEW
)
NO_USER = State("user-missing", "No user token", lambda _: ())
USER_INVALID = State("user-invalid", "A user token that was never issued", _user(lambda _: INVENTED))

USER_IDENTIFIER = State(
    "user-identifier",
    "A made-up User-Identifier instead of a user token",
    _fields("User-Identifier", lambda _: f"{INVENTED}-identifier"),
)
USER_CLIENT_TOKEN = State(
    "user-client-token", "The client token in the user token's place", _user(lambda has: has.client_token), (TOKEN,)
)

USER_FAULTS = (NO_USER, USER_INVALID, OTHER)

USER_RELATIONS = (
    *_near("user", "The user token", _user, lambda has: has.user_token, USER),
    *_written("user", "The user token", USER_AUTHORIZATION, lambda has: has.user_token, USER),
    USER_CLIENT_TOKEN,
    State(
        "user-expired-client-token",
        "An expired client token in the user token's place",
        _user(lambda has: has.expired_client_token),
        (EXPIRED,),
    ),
    State("user-api-key", "The API key in the user token's place", _user(lambda has: has.api_key), (KEY,)),
    State("user-forged", "A user token without a signature", _user(lambda has: forged(has.user_token))),
    State("user-resigned", "Other claims under a user token's signature", _user(lambda has: resigned(has.user_token))),
)
