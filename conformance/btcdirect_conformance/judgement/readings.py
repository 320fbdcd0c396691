"""Where the documents leave open what a request means: every plain request that it may be taken for.

An answer conforms if it suits one of them. A table a factor, so that a judgement can be looked up instead of argued.
"""

from collections.abc import Mapping
from functools import lru_cache
from itertools import product

from attrs import evolve

from btcdirect_conformance.facts import ApiKey, ClientToken, Order, RequestFacts, UserToken

# "Authorization token not found." fits a header without a token even where an API key stands beside it.
_NO_TOKEN = (ClientToken.ABSENT, ClientToken.INVALID, ClientToken.NOT_FOUND)

CLIENT_TOKEN: Mapping[ClientToken, tuple[ClientToken, ...]] = {
    ClientToken.ABSENT: (ClientToken.ABSENT,),
    ClientToken.VALID: (ClientToken.VALID,),
    ClientToken.EXPIRED: (ClientToken.EXPIRED,),
    ClientToken.EXPIRED_CLAIMS: (ClientToken.INVALID, ClientToken.EXPIRED),
    ClientToken.INVALID: (ClientToken.INVALID,),
    ClientToken.TRUNCATED: (ClientToken.INVALID,),
    ClientToken.EXTENDED: (ClientToken.INVALID,),
    ClientToken.OTHER_CASE: (ClientToken.INVALID,),
    ClientToken.USER_TOKEN: (ClientToken.INVALID,),
    ClientToken.API_KEY: (ClientToken.INVALID,),
    ClientToken.NOT_FOUND: (ClientToken.NOT_FOUND,),
    ClientToken.EMPTY: _NO_TOKEN,
    ClientToken.WRONG_SCHEME: _NO_TOKEN,
    ClientToken.NO_SCHEME: (*_NO_TOKEN, ClientToken.VALID),
    ClientToken.VARIANT: (ClientToken.VALID, *_NO_TOKEN),
}

API_KEY: Mapping[ApiKey, tuple[ApiKey, ...]] = {
    ApiKey.ABSENT: (ApiKey.ABSENT,),
    ApiKey.VALID: (ApiKey.VALID,),
    ApiKey.INVALID: (ApiKey.INVALID,),
    ApiKey.TRUNCATED: (ApiKey.INVALID,),
    ApiKey.EXTENDED: (ApiKey.INVALID,),
    ApiKey.OTHER_CASE: (ApiKey.INVALID,),
    ApiKey.CLIENT_TOKEN: (ApiKey.INVALID,),
    ApiKey.USER_TOKEN: (ApiKey.INVALID,),
    ApiKey.NOT_FOUND: (ApiKey.NOT_FOUND,),
    ApiKey.EMPTY: (ApiKey.ABSENT, ApiKey.INVALID, ApiKey.NOT_FOUND),
}

USER_TOKEN: Mapping[UserToken, tuple[UserToken, ...]] = {
    UserToken.ABSENT: (UserToken.ABSENT,),
    UserToken.VALID: (UserToken.VALID,),
    UserToken.OTHER_USER: (UserToken.OTHER_USER,),
    UserToken.INVALID: (UserToken.INVALID,),
    UserToken.TRUNCATED: (UserToken.INVALID,),
    UserToken.EXTENDED: (UserToken.INVALID,),
    UserToken.OTHER_CASE: (UserToken.INVALID,),
    UserToken.CLIENT_TOKEN: (UserToken.INVALID,),
    UserToken.API_KEY: (UserToken.INVALID,),
    UserToken.EMPTY: (UserToken.ABSENT, UserToken.INVALID),
    UserToken.WRONG_SCHEME: (UserToken.ABSENT, UserToken.INVALID),
    UserToken.NO_SCHEME: (UserToken.ABSENT, UserToken.INVALID, UserToken.VALID),
    UserToken.VARIANT: (UserToken.VALID, UserToken.ABSENT, UserToken.INVALID),
}

ORDER: Mapping[Order, tuple[Order, ...]] = {
    Order.OWNED: (Order.OWNED,),
    Order.FOREIGN: (Order.FOREIGN,),
    Order.UNKNOWN: (Order.UNKNOWN,),
    Order.MISSING: (Order.MISSING,),
    Order.BLANK: (Order.MISSING, Order.NOT_A_NUMBER),
    Order.NOT_A_NUMBER: (Order.NOT_A_NUMBER,),
    Order.OPEN: (Order.NOT_A_NUMBER, Order.UNKNOWN),
    Order.ODD_NUMBER: (Order.NOT_A_NUMBER, Order.UNKNOWN),
    Order.OTHER_SPELLING: (Order.OWNED, Order.NOT_A_NUMBER, Order.UNKNOWN),
    Order.MORE_SLASHES: (Order.OWNED, Order.NOT_A_NUMBER, Order.UNKNOWN),
    Order.LEADING_ZEROS: (Order.OWNED, Order.NOT_A_NUMBER, Order.UNKNOWN),
    Order.FOREIGN_OTHER_SPELLING: (Order.FOREIGN, Order.NOT_A_NUMBER, Order.UNKNOWN),
    Order.ENCODED_DIGITS: (Order.OWNED, Order.NOT_A_NUMBER, Order.UNKNOWN),
    Order.DOTS: (Order.NOT_A_NUMBER, Order.MISSING),
    Order.SMALL_NUMBER: (Order.UNKNOWN, Order.FOREIGN, Order.OWNED),
    Order.SOME_NUMBER: (Order.UNKNOWN, Order.FOREIGN, Order.OWNED, Order.NOT_A_NUMBER),
}


@lru_cache(maxsize=4096)
def readings(facts: RequestFacts) -> tuple[RequestFacts, ...]:
    """The plain facts that a request may stand for; just itself where there is no doubt."""
    return tuple(
        evolve(facts, client_token=client_token, api_key=api_key, user_token=user_token, order=order)
        for client_token, api_key, user_token, order in product(
            CLIENT_TOKEN[facts.client_token], API_KEY[facts.api_key], USER_TOKEN[facts.user_token], ORDER[facts.order]
        )
    )
