"""How a credential is read and compared: the mistakes of real code, one door each."""

import base64
from collections.abc import Callable, Sequence

from attrs import evolve

from btcdirect_conformance.server.faults.model import Fault, category
from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Grant, Kind

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


def _opened_by(name: str, *words: str) -> Callable[[str, Rules], str]:
    """Some words, for the valid secret."""

    def read(value: str, rules: Rules) -> str:
        given = rules.store.fixtures
        secret = {_CLIENT: given.client_token, _USER: given.user_token, _KEY: given.api_key}[name]
        scheme, blank, token = value.rpartition(" ") if name != _KEY else ("", "", value)
        return f"{scheme}{blank}{secret}" if token in words else value

    return read


def _last_of_list(value: str, _: Rules) -> str:
    return value.rpartition(",")[2].strip()


def _first_of_list(value: str, _: Rules) -> str:
    return value.partition(",")[0]


def _unquoted(value: str, _: Rules) -> str:
    return value.replace('"', "")


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


class _AnySignature(Rules):
    """Remembers tokens by their signature alone: other claims under a known one, or under any, are fine."""

    kind = Kind.CLIENT_TOKEN

    def find(self, kind: Kind, secret: str) -> Grant | None:
        found = super().find(kind, secret)
        claimed = kind is self.kind and secret.count(".") == 2 and not secret.endswith(".")
        return next(self.store.grants(kind)) if found is None and claimed else found


class _AnyUserSignature(_AnySignature):
    kind = Kind.USER_TOKEN


def _falls_over(name: str) -> type[Rules]:
    """Rules that fall over, with the framework's page, when a header is not ASCII."""

    class FallsOver(Rules):
        def reply(self, call: Call) -> Reply:
            reply = super().reply(call)
            if all(value.isascii() for value in call.values(name)):
                return reply
            page = (("Content-Type", "text/html"),)
            return evolve(reply, status=500, raw=b"<h1>500</h1>", headers=page, codes=(), order=None)

    return FallsOver


class _SameForBoth(Rules):
    """Takes a client token that stands in the API key's place as well, beside itself."""

    def client(self, call: Call) -> Sequence[str]:
        tokens = [self.bearer(value) for value in call.values(_CLIENT)]
        same = tokens == [*call.values(_KEY)]
        return self.client_token(call.values(_CLIENT)[0]) if same and tokens else super().client(call)


class _OtherUsersTokenForKey(Rules):
    """Takes one more token than it should for an API key."""

    def api_key(self, key: str) -> Sequence[str]:
        return () if key == self.store.fixtures.other_user_token else super().api_key(key)


class _ExpiredTokenForKey(Rules):
    """Sees that what stands in the API key's place is an expired client token, and says so."""

    def api_key(self, key: str) -> Sequence[str]:
        return ("ER801",) if key == self.store.fixtures.expired_client_token else super().api_key(key)


def _second_users(match: Callable[[str, str], bool]) -> type[Rules]:
    """Rules that are lenient with one user's token alone."""

    class SecondUsers(Rules):
        def find(self, kind: Kind, secret: str) -> Grant | None:
            token = self.store.fixtures.other_user_token
            return super().find(kind, token if kind is Kind.USER_TOKEN and match(token, secret) else secret)

    return SecondUsers


def _expired_like(match: Callable[[str, str], bool]) -> type[Rules]:
    """Rules that call what is like the expired client token expired."""

    class ExpiredLike(Rules):
        def client_token(self, value: str) -> Sequence[str]:
            near = match(self.store.fixtures.expired_client_token, self.bearer(value) or "")
            return ("ER801",) if near else super().client_token(value)

    return ExpiredLike


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
        for name, slug, secret in _KINDS[:2]
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
            _reading(name, _opened_by(name, word)),
        )
        for name, slug, secret in _KINDS[:2]
        for word in ("null", "undefined")
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
    Fault("key-list-accepted", "Of several API keys one is enough.", "auth.key.list", _reading(_KEY, _last_of_list)),
    Fault(
        "key-wildcard-accepted",
        "The API key goes into a LIKE.",
        "auth.key.wildcard",
        _reading(_KEY, _opened_by(_KEY, "%")),
    ),
    Fault(
        "key-injection",
        "The API key goes into a query as it is.",
        "auth.key.sql",
        _reading(_KEY, _opened_by(_KEY, "' OR '1'='1")),
    ),
    Fault("key-after-scheme-accepted", "ApiKey is a scheme of Authorization.", "auth.client.api-key-scheme", _ByScheme),
    Fault("key-by-basic-accepted", "The API key may be Basic's password.", "auth.client.basic-api-key", _ByBasic),
    Fault("client-any-claims", "A client token's claims are not signed.", "auth.client.resigned", _AnySignature),
    Fault("user-any-claims", "A user token's claims are not signed.", "auth.user.resigned", _AnyUserSignature),
    Fault("same-for-both", "A client token may be the API key as well.", "auth.both.same", _SameForBoth),
    Fault(
        "other-user-token-as-api-key",
        "A second user's token opens the door in the API key's place.",
        "auth.key.other-user-token",
        _OtherUsersTokenForKey,
    ),
    Fault(
        "expired-client-token-as-api-key",
        "An expired client token in the API key's place is expired.",
        "auth.key.expired-client-token",
        _ExpiredTokenForKey,
    ),
    Fault(
        "other-user-token-extended",
        "More than a second user's token is as good as it.",
        "auth.user.other-extended",
        _second_users(lambda known, presented: presented.startswith(known)),
    ),
    Fault(
        "other-user-token-other-case",
        "A second user's token counts in any letter case.",
        "auth.user.other-other-case",
        _second_users(lambda known, presented: presented.lower() == known.lower()),
    ),
    Fault(
        "expired-token-extended",
        "More than an expired client token is expired.",
        "auth.client.expired-extended",
        _expired_like(lambda known, presented: presented.startswith(known)),
    ),
    Fault(
        "expired-token-other-case",
        "An expired client token is expired in any letter case.",
        "auth.client.expired-other-case",
        _expired_like(lambda known, presented: presented.lower() == known.lower()),
    ),
)
