"""What a request carries, factor by factor, and the fixtures that a profile of a target supplies."""

from enum import StrEnum
from functools import cached_property

from attrs import field, fields, frozen

ANY_CLIENT = "credentials.api_key or credentials.client_token"
"""A need that either of two fixtures meets."""


class ClientToken(StrEnum):
    """What ``Authorization`` carries."""

    ABSENT = "absent"
    VALID = "valid"
    EXPIRED = "expired"
    INVALID = "invalid"
    EXPIRED_CLAIMS = "expired-claims"
    """The expired token's claims under another signature: expired to who reads them first, invalid to who verifies."""
    TRUNCATED = "truncated"
    """The valid token without its end."""
    EXTENDED = "extended"
    """The valid token and more."""
    OTHER_CASE = "other-case"
    """The valid token in other letter case."""
    USER_TOKEN = "user-token"  # noqa: S105
    """A user's token in the client token's place."""
    API_KEY = "api-key"
    """The API key in the token's place."""
    EMPTY = "empty"
    NOT_FOUND = "not-found"
    """The header is there, and what reads it finds no token in it. A reading only."""
    WRONG_SCHEME = "wrong-scheme"
    """Not ``Bearer``, or not in the form of one."""
    NO_SCHEME = "no-scheme"
    """The valid token, bare or straight after ``Bearer``."""
    VARIANT = "variant"
    """The valid token after ``bearer`` in other letters or more than one blank (RFC 9110, sections 11.1 and 11.4)."""


class ApiKey(StrEnum):
    """What ``X-Api-Key`` carries."""

    ABSENT = "absent"
    VALID = "valid"
    INVALID = "invalid"
    TRUNCATED = "truncated"
    EXTENDED = "extended"
    OTHER_CASE = "other-case"
    CLIENT_TOKEN = "client-token"  # noqa: S105
    USER_TOKEN = "user-token"  # noqa: S105
    EMPTY = "empty"
    NOT_FOUND = "not-found"
    """The header is there, and what reads it finds no key in it. A reading only."""


class UserToken(StrEnum):
    """What ``User-Authorization`` carries."""

    ABSENT = "absent"
    VALID = "valid"
    OTHER_USER = "other-user"
    """Valid, and another's."""
    INVALID = "invalid"
    TRUNCATED = "truncated"
    EXTENDED = "extended"
    OTHER_CASE = "other-case"
    CLIENT_TOKEN = "client-token"  # noqa: S105
    API_KEY = "api-key"
    EMPTY = "empty"
    WRONG_SCHEME = "wrong-scheme"
    NO_SCHEME = "no-scheme"
    VARIANT = "variant"


class Order(StrEnum):
    """What the order id of the path is."""

    OWNED = "owned"
    """The digits of the order that belongs to the profile's user."""
    FOREIGN = "foreign"
    """The digits of the order that belongs to the other user."""
    UNKNOWN = "unknown"
    """The digits that no order has."""
    MISSING = "missing"
    BLANK = "blank"
    """Nothing but blanks: missing, or no number."""
    NOT_A_NUMBER = "not-a-number"
    """Text that nobody would call a number."""
    OPEN = "open"
    """A number or none (the documents leave it open), and no order's id either way: ``-1``, ``1.5``, 40 digits."""
    ODD_NUMBER = "odd-number"
    """A number to lenient readers alone: an exponent, blanks around, digits of other scripts."""
    OTHER_SPELLING = "other-spelling"
    """The owned order's number in other characters: ``+480213``, ``480213.0``."""
    MORE_SLASHES = "more-slashes"
    """The owned order's digits and an encoded slash: a front that decodes and merges slashes delivers the owned id."""
    LEADING_ZEROS = "leading-zeros"
    """The owned order's digits after zeros."""
    FOREIGN_OTHER_SPELLING = "foreign-other-spelling"
    """The number of the other user's order in other characters, zeros before it or percent-encoding."""
    ENCODED_DIGITS = "encoded-digits"
    """The owned order's digits, percent-encoded: the same URI (RFC 3986, section 6.2.2.2)."""
    DOTS = "dots"
    """One dot or two, encoded or not: whoever reads the URI takes them out, with more or less of the path (RFC 3986,
    sections 5.2.4 and 6.2.2). What is left is no resource of this contract."""
    SMALL_NUMBER = "small-number"
    """Digits that the profile says nothing of, a number to any program: anybody's order or none."""
    SOME_NUMBER = "some-number"
    """The same, but zero, or one that may be too large for a program."""


@frozen(cache_hash=True)
class RequestFacts:
    """The state of every factor of one request."""

    client_token: ClientToken
    api_key: ApiKey
    user_token: UserToken
    order: Order
    method: str = "GET"
    refusable: bool = False
    """A router or an HTTP front may turn it away, or clean its path, before the application sees it."""
    attack: bool = False
    """What makes it so is only what a firewall takes for an attack; an application reads it like any other request."""
    filtered: bool = False
    """A front that lets plain characters through alone may turn it away, with a page of its own and no other way."""


def _secret() -> str | None:
    return field(default=None, repr=lambda value: "None" if value is None else "'***'")  # type: ignore[no-any-return]


@frozen(slots=False)
class Fixtures:
    """What a profile knows of its target. Everything is optional; a case names what it needs."""

    api_key: str | None = _secret()
    client_token: str | None = _secret()
    expired_client_token: str | None = _secret()
    user_token: str | None = _secret()
    other_user_token: str | None = _secret()
    owned: str | None = None
    foreign: str | None = None
    unknown: str | None = None
    secrets_in_urls: bool = False
    """Whether a request's URL may hold a valid credential, which then stands in every log on its way."""

    def missing(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        """The needs that these fixtures do not meet, as they are written in a profile."""
        return tuple(need for need in needs if not any(name in self._present for name in need.split(" or ")))

    @cached_property
    def _present(self) -> frozenset[str]:
        orders = ("owned", "foreign", "unknown")
        return frozenset(
            f"{'orders' if entry.name in orders else 'credentials'}.{entry.name}"
            for entry in fields(type(self))
            if getattr(self, entry.name)
        )
