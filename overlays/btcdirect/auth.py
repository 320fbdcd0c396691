"""Who asks: the partner, by exactly one of an API key, a client token or a username; and the user, by a token.

How they travel is from the vendor's general documentation: ``X-Api-Key: {key}`` or ``Authorization: Bearer {token}``
for the partner, and ``User-Authorization: Bearer {token}`` beside it for the user.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from .redaction import Secret

TokenSource = Callable[[], str] | Callable[[], Awaitable[str]]

_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")


def fits_header(value: str) -> bool:
    """Whether the value can travel in a header as it is: visible ASCII characters, and no blank."""
    return _HEADER_SAFE.fullmatch(value) is not None


def concealed(value: object) -> object:
    """The value as a ``Secret``, or the type of what is no str: a traceback may print what is bound to a name."""
    return Secret(value) if isinstance(value, str) else type(value)


def header_secret(value: object, what: str) -> Secret:
    """The concealed value, if it can travel in a header.

    Args:
        value: What ``concealed`` gave.
        what: How to call it in an error: its value is never printed.

    Raises:
        TypeError: It is no str.
        ValueError: It is empty, or has a blank or another character that a header does not carry.
    """
    known = text_secret(value, what)
    if not fits_header(known):
        hint = "; give it without 'Bearer'" if known[:7].lower() == "bearer " else ""
        raise ValueError(f"{what} may hold visible ASCII characters only, and no blank or line break{hint}")
    return known


def text_secret(value: object, what: str) -> Secret:
    """The concealed value, if it is a str that is not empty.

    Raises:
        TypeError: It is no str.
        ValueError: It is empty.
    """
    if not isinstance(value, Secret):
        kind = value.__name__ if isinstance(value, type) else type(value).__name__
        raise TypeError(f"{what} must be a str, not {kind}")
    if not value:
        raise ValueError(f"{what} is empty")
    return value


@dataclass(frozen=True, slots=True, init=False)
class ApiKey:
    """The partner's API key.

    Raises:
        TypeError: The key is no str.
        ValueError: The key is empty or can't travel in a header.
    """

    key: Secret = field(repr=False)

    def __init__(self, key: str) -> None:
        hidden = concealed(key)
        del key
        object.__setattr__(self, "key", header_secret(hidden, "the API key"))


@dataclass(frozen=True, slots=True, init=False)
class ClientToken:
    """The partner's client token, or a function that gives one.

    A function is called at the start of each call, so that it can hand out the newest token; after an expired one
    (ER801) it is called again, once. An ``AsyncClient`` takes an async function, too.

    Raises:
        TypeError: The token is neither a str nor callable.
        ValueError: The token is empty or can't travel in a header.
    """

    token: Secret | TokenSource = field(repr=False)

    def __init__(self, token: str | TokenSource) -> None:
        if callable(token):
            object.__setattr__(self, "token", token)
            return
        hidden = concealed(token)
        del token
        object.__setattr__(self, "token", header_secret(hidden, "the client token"))


@dataclass(frozen=True, slots=True, init=False)
class ClientCredentials:
    """The partner's username and password, for which the client fetches and refreshes client tokens.

    From the vendor's general documentation, not from the endpoint's page: ``POST /api/v1/authenticate`` gives a token
    that lives one hour and a refresh token that lives a month; ``POST /api/v1/refresh`` gives a new pair.

    Raises:
        TypeError: One of them is no str.
        ValueError: One of them is empty.
    """

    username: Secret = field(repr=False)
    password: Secret = field(repr=False)

    def __init__(self, username: str, password: str) -> None:
        names = concealed(username), concealed(password)
        del username, password
        object.__setattr__(self, "username", text_secret(names[0], "the username"))
        object.__setattr__(self, "password", text_secret(names[1], "the password"))


Authorization = ApiKey | ClientToken | ClientCredentials
