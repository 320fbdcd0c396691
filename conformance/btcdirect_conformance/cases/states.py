"""A state of the client's or the user's authorization, and how its header fields are made."""

import base64
from collections.abc import Callable, Sequence

from attrs import field, frozen

from btcdirect_conformance.exchange import Headers
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.judgement.classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION
from btcdirect_conformance.near_secrets import (
    INVENTED,
    beheaded,
    extended,
    other_case,
    prefixed,
    replaced,
    swapped,
    truncated,
)

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


def sent(name: str, value: Secret) -> Fields:
    """A header field with a value that may depend on the fixtures."""

    def build(fixtures: Fixtures) -> Headers | None:
        text = value(fixtures)
        return None if text is None else ((name, text),)

    return build


def fixed(name: str, value: str) -> Fields:
    """A header field with the same value for all fixtures."""
    return sent(name, lambda _: value)


def filled(name: str, secret: Secret, template: str) -> Fields:
    """A field whose value holds a secret, in the template's braces."""

    def value(fixtures: Fixtures) -> str | None:
        text = secret(fixtures)
        return None if text is None else template.format(text)

    return sent(name, value)


def bearer(name: str, secret: Secret) -> Fields:
    """A header field with a token after ``Bearer``."""
    return filled(name, secret, "Bearer {}")


def both(*parts: Fields) -> Fields:
    """The fields of all parts; ``None`` if the fixtures cannot show one of them."""

    def build(fixtures: Fixtures) -> Headers | None:
        built = [part(fixtures) for part in parts]
        return None if None in built else tuple(pair for headers in built for pair in headers or ())

    return build


def token(value: Secret) -> Fields:
    """A client token, where it belongs."""
    return bearer(AUTHORIZATION, value)


def key(value: Secret) -> Fields:
    """An API key, where it belongs."""
    return sent(API_KEY, value)


def user(value: Secret) -> Fields:
    """A user token, where it belongs."""
    return bearer(USER_AUTHORIZATION, value)


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
NOT_ASCII = "caf\u00e9"
"""Goes out in UTF-8, as octets that are not ASCII."""

LONG = "9a" * 1000
"""Longer than any column for a credential, and shorter than what a front lets a header field be."""

SQL = "'or'1'='1"
"""Ends a string and makes the condition true, in every dialect, and without a blank that would end a token."""

FEW = ("truncated", "extended", "other-case")


def near(
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


def written(kind: str, words: str, name: str, secret: Secret, need: str) -> tuple[State, ...]:
    """A token in the way that it is not to be written, or may be, and what is no token."""

    def line(template: str) -> Fields:
        return filled(name, secret, template)

    return (
        State(f"{kind}-empty", f"Bearer without a token for {words}", fixed(name, "Bearer")),
        State(f"{kind}-blank", f"An empty {name}", fixed(name, "")),
        State(f"{kind}-null", f"The word null for {words}", fixed(name, "Bearer null")),
        State(f"{kind}-constructor", f"The word constructor for {words}", fixed(name, "Bearer constructor")),
        State(f"{kind}-long", f"2,000 characters for {words}", fixed(name, f"Bearer {LONG}")),
        State(f"{kind}-not-ascii", f"A word that is not ASCII for {words}", fixed(name, f"Bearer {NOT_ASCII}")),
        State(f"{kind}-wrong-scheme", f"{words} after Basic", line("Basic {}"), (need,)),
        State(f"{kind}-other-scheme", f"{words} after Digest", line("Digest {}"), (need,)),
        State(f"{kind}-list", f"Something else, a comma and {words}", line(f"Bearer {INVENTED}, Bearer {{}}"), (need,)),
        State(f"{kind}-scheme-suffix", f"{words} after XBearer", line("XBearer {}"), (need,)),
        State(f"{kind}-no-blank", f"{words} straight after Bearer", line("Bearer{}"), (need,)),
        State(f"{kind}-sql", f"An SQL condition for {words}", fixed(name, f"Bearer {SQL}")),
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


def basic(secret: str | None, before: str = ":", after: str = "") -> str | None:
    """A secret as the password of Basic (RFC 7617), or with something else around it."""
    return None if secret is None else f"Basic {base64.b64encode(f'{before}{secret}{after}'.encode()).decode()}"
