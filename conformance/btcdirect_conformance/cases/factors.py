"""The factors of a request and the states that each is put into: what a state is called, needs and sends."""

from btcdirect_conformance.facts import ANY_CLIENT
from btcdirect_conformance.judgement.classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION
from btcdirect_conformance.near_secrets import INVENTED, forged, resigned

from .states import FEW, LONG, NOT_ASCII, SQL, State, basic, both, filled, fixed, key, near, sent, token, user, written

KEY = "credentials.api_key"
TOKEN = "credentials.client_token"  # noqa: S105
EXPIRED = "credentials.expired_client_token"
USER = "credentials.user_token"
OTHER_USER = "credentials.other_user_token"

_VALID_KEY = key(lambda has: has.api_key)
_VALID_TOKEN = token(lambda has: has.client_token)
_INVALID_TOKEN = fixed(AUTHORIZATION, f"Bearer {INVENTED}")
_INVALID_KEY = fixed(API_KEY, INVENTED)
_EXPIRED_TOKEN = token(lambda has: has.expired_client_token)

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
    "both-invalid", "An invalid client token and an invalid API key", both(_INVALID_TOKEN, _INVALID_KEY)
)
BOTH_INVALID_TOKEN = State(
    "both-invalid-token", "An invalid client token and a valid API key", both(_INVALID_TOKEN, _VALID_KEY), (KEY,)
)
BOTH_INVALID_KEY = State(
    "both-invalid-key", "A valid client token and an invalid API key", both(_VALID_TOKEN, _INVALID_KEY), (TOKEN,)
)
BOTH = State("both-valid", "A valid client token and a valid API key", both(_VALID_TOKEN, _VALID_KEY), (TOKEN, KEY))

CLIENT_FAULTS = (TOKEN_EXPIRED, NO_CLIENT, TOKEN_INVALID, KEY_INVALID, BOTH)
"""One of each kind; the others are near relations of these."""

_USERS_TOKEN = token(lambda has: has.user_token)

KEY_TWICE = State("key-twice", "Two lines with API keys that were never issued", both(_INVALID_KEY, _INVALID_KEY))
CLIENT_USER_TOKEN = State("client-user-token", "The user's token in the client token's place", _USERS_TOKEN, (USER,))
BOTH_USER_TOKEN = State(
    "both-user-token", "The user's token and a valid API key", both(_USERS_TOKEN, _VALID_KEY), (USER, KEY)
)

CLIENT_RELATIONS = (
    *near("client", "The client token", token, lambda has: has.client_token, TOKEN),
    *written("client", "The client token", AUTHORIZATION, lambda has: has.client_token, TOKEN),
    *near("key", "The API key", key, lambda has: has.api_key, KEY),
    *near("client-expired", "The expired client token", token, lambda has: has.expired_client_token, EXPIRED, only=FEW),
    CLIENT_USER_TOKEN,
    State(
        "client-other-user-token",
        "Another user's token in the client token's place",
        token(lambda has: has.other_user_token),
        (OTHER_USER,),
    ),
    State("client-api-key", "The API key in the client token's place", token(lambda has: has.api_key), (KEY,)),
    State(
        "client-api-key-scheme",
        "The API key after ApiKey",
        filled(AUTHORIZATION, lambda has: has.api_key, "ApiKey {}"),
        (KEY,),
    ),
    State(
        "client-basic-api-key",
        "The API key as the password of Basic",
        sent(AUTHORIZATION, lambda has: basic(has.api_key)),
        (KEY,),
    ),
    State("client-forged", "A client token without a signature", token(lambda has: forged(has.client_token))),
    State(
        "client-resigned",
        "Other claims under a client token's signature",
        token(lambda has: resigned(has.client_token)),
    ),
    State("key-client-token", "The client token in the API key's place", key(lambda has: has.client_token), (TOKEN,)),
    State("key-user-token", "The user's token in the API key's place", key(lambda has: has.user_token), (USER,)),
    State(
        "key-other-user-token",
        "Another user's token in the API key's place",
        key(lambda has: has.other_user_token),
        (OTHER_USER,),
    ),
    State(
        "key-expired-client-token",
        "An expired client token in the API key's place",
        key(lambda has: has.expired_client_token),
        (EXPIRED,),
    ),
    State("key-empty", "An empty API key", fixed(API_KEY, "")),
    State(
        "key-list",
        "Something else, a comma and the API key",
        filled(API_KEY, lambda has: has.api_key, f"{INVENTED},{{}}"),
        (KEY,),
    ),
    State(
        "key-first-of-list",
        "The API key, a comma and something else",
        filled(API_KEY, lambda has: has.api_key, f"{{}},{INVENTED}"),
        (KEY,),
    ),
    State("key-quoted", "The API key in quotes", filled(API_KEY, lambda has: has.api_key, '"{}"'), (KEY,)),
    State("key-constructor", "The word constructor for an API key", fixed(API_KEY, "constructor")),
    State("key-long", "2,000 characters for an API key", fixed(API_KEY, LONG)),
    State("key-bearer", "The API key after Bearer", filled(API_KEY, lambda has: has.api_key, "Bearer {}"), (KEY,)),
    State("key-zero", "The digit 0 for an API key", fixed(API_KEY, "0")),
    State("key-wildcard", "SQL's wildcard for an API key", fixed(API_KEY, "%")),
    State("key-sql", "An SQL condition for an API key", fixed(API_KEY, SQL)),
    State("key-not-ascii", "A word that is not ASCII for an API key", fixed(API_KEY, NOT_ASCII)),
    BOTH_INVALID_TOKEN,
    State(
        "both-expired-token",
        "An expired client token and a valid API key",
        both(_EXPIRED_TOKEN, _VALID_KEY),
        (EXPIRED, KEY),
    ),
    BOTH_USER_TOKEN,
    BOTH_INVALID_KEY,
    State(
        "both-same",
        "The client token, and the same in the API key's place",
        both(_VALID_TOKEN, key(lambda has: has.client_token)),
        (TOKEN,),
    ),
    BOTH_INVALID,
    State(
        "both-key-first",
        "A valid API key, and then a valid client token",
        both(_VALID_KEY, _VALID_TOKEN),
        (TOKEN, KEY),
    ),
    State(
        "both-expired-invalid",
        "An expired client token and an invalid API key",
        both(_EXPIRED_TOKEN, _INVALID_KEY),
        (EXPIRED,),
    ),
    State(
        "both-empty-token",
        "Bearer without a token and a valid API key",
        both(fixed(AUTHORIZATION, "Bearer"), _VALID_KEY),
        (KEY,),
    ),
    State(
        "both-empty-key", "A valid client token and an empty API key", both(_VALID_TOKEN, fixed(API_KEY, "")), (TOKEN,)
    ),
    State(
        "both-wrong-scheme",
        "Basic and a valid API key",
        both(fixed(AUTHORIZATION, f"Basic {INVENTED}"), _VALID_KEY),
        (KEY,),
    ),
)

VALID_USER = State("user", "the order's user", user(lambda has: has.user_token), (USER,))
OTHER = State("user-other", "Another user's token", user(lambda has: has.other_user_token), (OTHER_USER,))
OTHER_NEAR_MISSES = near(
    "user-other", "Another user's token", user, lambda has: has.other_user_token, OTHER_USER, only=FEW
)
NO_USER = State("user-missing", "No user token", lambda _: ())
USER_INVALID = State(
    "user-invalid", "A user token that was never issued", fixed(USER_AUTHORIZATION, f"Bearer {INVENTED}")
)

USER_IDENTIFIER = State(
    "user-identifier",
    "A made-up User-Identifier instead of a user token",
    fixed("User-Identifier", f"{INVENTED}-identifier"),
)
USER_CLIENT_TOKEN = State(
    "user-client-token", "The client token in the user token's place", user(lambda has: has.client_token), (TOKEN,)
)

USER_FAULTS = (NO_USER, USER_INVALID, OTHER)

USER_RELATIONS = (
    *near("user", "The user token", user, lambda has: has.user_token, USER),
    *written("user", "The user token", USER_AUTHORIZATION, lambda has: has.user_token, USER),
    USER_CLIENT_TOKEN,
    State(
        "user-expired-client-token",
        "An expired client token in the user token's place",
        user(lambda has: has.expired_client_token),
        (EXPIRED,),
    ),
    State("user-api-key", "The API key in the user token's place", user(lambda has: has.api_key), (KEY,)),
    State("user-forged", "A user token without a signature", user(lambda has: forged(has.user_token))),
    State("user-resigned", "Other claims under a user token's signature", user(lambda has: resigned(has.user_token))),
)
