"""How a credential is read: the mistakes of real code, one door each."""

import base64
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing

from attrs import evolve

from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules

from .model import Fault, category

_CLIENT = "authorization"
_KEY = "x-api-key"
_USER = "user-authorization"
_KINDS = ((_CLIENT, "client", "client token"), (_USER, "user", "user token"), (_KEY, "key", "API key"))


def _reading(name: str, read: Callable[[str, Rules], str]) -> type[Rules]:
    """Rules that make something else of a header's value before they look at it."""

    class Reading(Rules):
        def reply(self, call: Call) -> Reply:
            headers = tuple((key, read(value, self) if key == name else value) for key, value in call.headers)
            return super().reply(evolve(call, headers=headers))

    return Reading


def _token(pick: Callable[[Sequence[str]], str]) -> Callable[[str, Rules], str]:
    """One of the words of the value, for the token."""
    return lambda value, _: f"Bearer {pick(value.split())}" if len(value.split()) > 2 else value


def _opened(name: str, equal: Callable[[str, str], bool]) -> type[Rules]:
    """Rules that take what equals the valid secret, in their way, for it."""

    def read(value: str, rules: Rules) -> str:
        given = rules.store.fixtures
        secret = {_CLIENT: given.client_token, _USER: given.user_token, _KEY: given.api_key}[name]
        scheme, blank, token = value.rpartition(" ") if name != _KEY else ("", "", value)
        return f"{scheme}{blank}{secret}" if equal(secret, token) else value

    return _reading(name, read)


def _opened_by(name: str, word: str) -> type[Rules]:
    return _opened(name, lambda _, token: token == word)


def _selected(secret: str, token: str) -> bool:
    """Whether a query that is put together finds the row."""
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            [(found,)] = database.execute(f"SELECT '{secret}' = '{token}'")
        except sqlite3.Error:
            return False
        return bool(found)


def _last_of_list(value: str, _: Rules) -> str:
    return value.rpartition(",")[2].strip()


def _first_of_list(value: str, _: Rules) -> str:
    return value.partition(",")[0]


def _unquoted(value: str, _: Rules) -> str:
    return value.replace('"', "")


class _ZeroIsNone(Rules):
    def api_key(self, key: str) -> Sequence[str]:
        return ("ER806",) if key == "0" else super().api_key(key)


class _ByScheme(Rules):
    """Takes the API key after another scheme than Bearer."""

    def client_token(self, value: str) -> Sequence[str]:
        scheme, _, rest = value.partition(" ")
        key = self.shown_key(scheme, rest)
        return self.api_key(key) if key else super().client_token(value)

    def shown_key(self, scheme: str, rest: str) -> str:
        """The API key in it, or nothing."""
        return rest if scheme == "ApiKey" else ""


class _ByBasic(_ByScheme):
    """Takes the API key as the password of Basic."""

    def shown_key(self, scheme: str, rest: str) -> str:
        return base64.b64decode(rest).decode("latin-1").rpartition(":")[2] if scheme == "Basic" else ""


def _falls_over(name: str, stands: Callable[[str], bool] = str.isascii) -> type[Rules]:
    """Rules that fall over, with the framework's page, when they cannot bear a header's value."""

    class FallsOver(Rules):
        def reply(self, call: Call) -> Reply:
            reply = super().reply(call)
            if all(map(stands, call.values(name))):
                return reply
            page = (("Content-Type", "text/html"),)
            return evolve(reply, status=500, raw=b"<h1>500</h1>", headers=page, codes=(), order=None)

    return FallsOver


CREDENTIALS = category(
    "credentials",
    *(
        Fault(
            f"{slug}-first-word-read",
            f"After the {secret}, anything may follow.",
            f"auth.{slug}.first-of-two",
            _reading(name, _token(lambda words: words[1])),
        )
        for name, slug, secret in _KINDS[:2]
    ),
    *(
        Fault(
            f"{slug}-last-word-read",
            f"Before the {secret}, anything may stand.",
            f"auth.{slug}.last-of-two",
            _reading(name, _token(lambda words: words[-1])),
        )
        for name, slug, secret in _KINDS[:2]
    ),
    *(
        Fault(
            f"{slug}-list-accepted",
            f"Of several values with a {secret} the last one counts.",
            f"auth.{slug}.list",
            _reading(name, _last_of_list),
        )
        for name, slug, secret in _KINDS[:2]
    ),
    *(
        Fault(
            f"{slug}-first-of-list-accepted",
            f"Of several values with a {secret} the first one counts.",
            f"auth.{slug}.first-of-list",
            _reading(name, _first_of_list),
        )
        for name, slug, secret in _KINDS
    ),
    *(
        Fault(
            f"{slug}-quoted-accepted",
            f"The {secret} may stand in quotes.",
            f"auth.{slug}.quoted",
            _reading(name, _unquoted),
        )
        for name, slug, secret in _KINDS
    ),
    *(
        Fault(
            f"{slug}-after-six-letters-accepted",
            f"A {secret} is whatever stands after seven characters.",
            f"auth.{slug}.other-scheme",
            _reading(name, lambda value, _: f"Bearer {value[7:]}" if value[6:7] == " " else value),
        )
        for name, slug, secret in _KINDS[:2]
    ),
    *(
        Fault(
            f"{slug}-{word}-accepted",
            f"The word {word} is taken for a {secret}.",
            f"auth.{slug}.{word}",
            _opened_by(name, word),
        )
        for name, slug, secret in _KINDS[:2]
        for word in ("null", "constructor")
    ),
    *(
        Fault(
            f"{slug}-not-ascii-crashes",
            f"A {secret} that is not ASCII brings a 500.",
            f"auth.{slug}.not-ascii",
            _falls_over(name),
        )
        for name, slug, secret in _KINDS
    ),
    *(
        Fault(
            f"{slug}-any-bearer",
            f"The {secret} stands behind Bearer, whatever is before that.",
            f"auth.{slug}.scheme-suffix",
            _reading(name, lambda value, _: re.sub(r"^\w*Bearer ", "Bearer ", value)),
        )
        for name, slug, secret in _KINDS[:2]
    ),
    *(
        Fault(
            f"{slug}-injection",
            f"The {secret} goes into a query as it is.",
            f"auth.{slug}.sql",
            _opened(name, _selected),
        )
        for name, slug, secret in _KINDS[:2]
    ),
    Fault(
        "key-constructor-accepted",
        "Keys are looked up in an object that has a constructor.",
        "auth.key.constructor",
        _opened_by(_KEY, "constructor"),
    ),
    Fault(
        "key-after-bearer-accepted",
        "The API key may stand after Bearer in its own header.",
        "auth.key.bearer",
        _reading(_KEY, lambda value, _: value.removeprefix("Bearer ")),
    ),
    *(
        Fault(
            f"{slug}-long-crashes",
            f"A {secret} that no column has room for brings a 500.",
            f"auth.{slug}.long",
            _falls_over(name, lambda value: len(value) < 1000),
        )
        for name, slug, secret in _KINDS
    ),
    Fault("key-zero-is-none", "PHP's empty: 0 is no API key.", "auth.key.zero", _ZeroIsNone),
    Fault("key-list-accepted", "Of several API keys one is enough.", "auth.key.list", _reading(_KEY, _last_of_list)),
    Fault(
        "key-wildcard-accepted",
        "The API key goes into a LIKE.",
        "auth.key.wildcard",
        _opened_by(_KEY, "%"),
    ),
    Fault(
        "key-injection",
        "The API key goes into a query as it is.",
        "auth.key.sql",
        _opened(_KEY, _selected),
    ),
    Fault("key-after-scheme-accepted", "ApiKey is a scheme of Authorization.", "auth.client.api-key-scheme", _ByScheme),
    Fault("key-by-basic-accepted", "The API key may be Basic's password.", "auth.client.basic-api-key", _ByBasic),
)
