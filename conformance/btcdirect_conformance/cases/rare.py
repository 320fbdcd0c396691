"""States that are too far-fetched for a case of their own: the fuzzing sends each alone, or some if it may send few."""

from collections.abc import Callable

from btcdirect_conformance.judgement.classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION
from btcdirect_conformance.near_secrets import (
    INVENTED,
    forged,
    parted,
    percent_encoded,
    respelled,
    shortened,
    signature_in_other_case,
    signed_with,
    undashed,
    unsigned,
)

from . import factors
from .order_ids import OrderId, from_owned, grouped, shifted
from .states import Fields, Secret, State, basic, bearer, filled, fixed, key, sent

_WORDS = (
    ("undefined", "The word undefined", "undefined"),
    ("wildcard", "SQL's wildcard", "%"),
    ("asterisk", "An asterisk", "*"),
    ("expression", "A regular expression that matches everything", ".*"),
)


_NUMBERS = (
    ("leading-zero", "a zero before it", "0{}"),
    ("plus", "a plus sign before it", "+{}"),
    ("decimal", "a decimal behind it", "{}.0"),
    ("exponent", "an exponent behind it", "{}e0"),
)


def _key(slug: str, title: str, make: Callable[[str], str | None]) -> State:
    return State(f"key-{slug}", title, key(lambda has: make(has.api_key or "")), (factors.KEY,))


def _tokens(kind: str, words: str, name: str, secret: Secret, need: str) -> tuple[State, ...]:
    """What is nearly a token, or nearly its scheme, for the client's field and the user's alike."""

    def after_bearer(make: Callable[[str | None], str | None]) -> Fields:
        return bearer(name, lambda has: make(secret(has)))

    return (
        *(
            State(
                f"{kind}-{scheme.lower()}", f"{words} after {scheme}", filled(name, secret, f"{scheme} {{}}"), (need,)
            )
            for scheme in ("BearerX", "Token", "JWT")
        ),
        State(
            f"{kind}-basic",
            f"{words} after Basic, in Base64",
            sent(name, lambda has: basic(secret(has), before="")),
            (need,),
        ),
        State(f"{kind}-shortened", f"{words} without its last four characters", after_bearer(shortened), (need,)),
        State(f"{kind}-surplus", f"{words} and three octets in Base64", filled(name, secret, "Bearer {}AAAA"), (need,)),
        State(
            f"{kind}-forged-case",
            f"{words} without a signature, and None for its algorithm",
            after_bearer(lambda has: forged(has, "None")),
            (need,),
        ),
        State(
            f"{kind}-forged-parts",
            f"{words} without a signature, in two parts",
            after_bearer(lambda has: forged(has).removesuffix(".")),
            (need,),
        ),
        State(f"{kind}-unsigned", f"The first two parts of {words}", after_bearer(unsigned), (need,)),
        State(
            f"{kind}-signature-case",
            f"{words}, its signature in other letter case",
            after_bearer(signature_in_other_case),
            (need,),
        ),
        State(
            f"{kind}-signed-weakly",
            f"{words}, signed with the word secret",
            after_bearer(signed_with("secret")),
            (need,),
        ),
        State(f"{kind}-signed-with-nothing", f"{words}, signed with nothing", after_bearer(signed_with("")), (need,)),
        State(f"{kind}-second-of-list", f"A word, a comma and {words}", filled(name, secret, "Bearer x,{}"), (need,)),
        State(
            f"{kind}-percent-encoded", f"{words}, its first character encoded", after_bearer(percent_encoded), (need,)
        ),
        State(f"{kind}-parted", f"{words} with a blank in it", after_bearer(parted), (need,)),
        State(f"{kind}-full-stop", f"{words} and a full stop", filled(name, secret, "Bearer {}."), (need,)),
        State(f"{kind}-accent", f"{words} and a letter that is not ASCII", filled(name, secret, "Bearer {}é"), (need,)),
        *(
            State(f"{kind}-{slug}", f"{title} for {words}", fixed(name, f"Bearer {word}"))
            for slug, title, word in _WORDS
        ),
    )


def _around(slug: str, title: str, template: str) -> OrderId:
    return OrderId(slug, title, from_owned(template.format))


CLIENTS = (
    _key("equals-sign", "The API key and an equals sign", lambda known: f"{known}="),
    _key("accent", "The API key and a letter that is not ASCII", lambda known: f"{known}é"),
    _key("percent-encoded", "The API key, its first character encoded", percent_encoded),
    _key("parted", "The API key with a blank in it", parted),
    _key("two-words", "The API key, a blank and something else", lambda known: f"{known} {INVENTED}"),
    _key("no-dashes", "The API key without dashes", undashed),
    *(_key(slug, f"The API key's number, with {how}", respelled(template)) for slug, how, template in _NUMBERS),
    State(
        "client-basic-api-key-name",
        "The API key as the user name of Basic",
        sent(AUTHORIZATION, lambda has: basic(has.api_key, before="", after=":")),
        (factors.KEY,),
    ),
    State(
        "client-basic-api-key-named",
        "The API key as the password of Basic, with a user name",
        sent(AUTHORIZATION, lambda has: basic(has.api_key, before="partner:")),
        (factors.KEY,),
    ),
    State(
        "key-bearer-token",
        "The client token after Bearer, for an API key",
        filled(API_KEY, lambda has: has.client_token, "Bearer {}"),
        (factors.TOKEN,),
    ),
    State("key-asterisk", "An asterisk for an API key", fixed(API_KEY, "*")),
    State("key-expression", "A regular expression that matches everything for an API key", fixed(API_KEY, ".*")),
    *_tokens("client", "The client token", AUTHORIZATION, lambda has: has.client_token, factors.TOKEN),
    State(
        "client-lower-case-invalid",
        "A client token that was never issued after bearer in small letters",
        fixed(AUTHORIZATION, f"bearer {INVENTED}"),
    ),
)

USERS = _tokens("user", "The user token", USER_AUTHORIZATION, lambda has: has.user_token, factors.USER)

ORDERS = (
    *(_around(f"suffix-{mark}", f"{mark} after the digits", f"{{}}{mark}") for mark in ("f", "d", "n", "@", "~", "!")),
    _around("prefix", "Capitals before the digits", "BD{}"),
    _around("bar", "A bar and a letter after the digits", "{}%7Cx"),
    _around("no-break-space", "A no-break space after the digits", "{}%C2%A0"),
    _around("byte-order-mark", "A byte order mark after the digits", "{}%EF%BB%BF"),
    _around("byte-order-mark-before", "A byte order mark before the digits", "%EF%BB%BF{}"),
    _around("line-after", "A newline and letters after the digits", "{}%0Aabc"),
    _around("line-before", "Letters and a newline before the digits", "abc%0A{}"),
    _around("hash-after", "An encoded number sign and a letter after the digits", "{}%23x"),
    _around("percent-after", "An encoded percent sign and a letter after the digits", "{}%25x"),
    _around("tagged", "A tag around the digits", "%3Cb%3E{}%3C%2Fb%3E"),
    _around("brackets", "Brackets around the digits", "%5B{}%5D"),
    _around("braces", "Braces around the digits", "%7B{}%7D"),
    _around("superscript-after", "A superscript after the digits", "{}%C2%B2"),
    OrderId(
        "wildcard-after", "The digits, SQL's wildcard in the last one's place", from_owned(lambda has: f"{has[:-1]}%25")
    ),
    OrderId(
        "placeholder",
        "The digits, SQL's wildcard for a character in the last one's place",
        from_owned(lambda has: f"{has[:-1]}_"),
    ),
    OrderId("uuid", "A UUID", lambda _: "3f2b8c1e-7a4d-4e5f-9a6b-1c2d3e4f5a6b", ()),
    OrderId("comma-separators", "Commas between the thousands", from_owned(lambda owned: grouped(owned, ","))),
    OrderId("binary", "The order's number in binary", from_owned(lambda owned: f"0b{int(owned):b}")),
    OrderId("decimal-prefix", "0d before the digits", from_owned(lambda owned: f"0d{owned}")),
    OrderId("thai", "Thai digits", from_owned(lambda owned: shifted(owned, "\u0e50"))),
    OrderId("circled", "Circled digits", from_owned(lambda owned: shifted(owned.replace("0", "1"), "\u245f"))),
    OrderId(
        "two-numbers",
        "The order's digits, a comma and somebody else's",
        lambda has: f"{has.owned},{has.foreign}",
        ("orders.owned", "orders.foreign"),
    ),
)
