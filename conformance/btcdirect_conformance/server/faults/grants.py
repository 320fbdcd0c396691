"""What a credential opens that it should not: claims nobody signed, tokens of others, near misses of theirs."""

from collections.abc import Callable, Sequence

from btcdirect_conformance.server.messages import Call
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Grant, Kind

from .model import Fault, category


class _AnySignature(Rules):
    """Remembers tokens by their signature alone: other claims under a known one, or under any, are fine."""

    kind = Kind.CLIENT_TOKEN

    def find(self, kind: Kind, secret: str) -> Grant | None:
        found = super().find(kind, secret)
        claimed = kind is self.kind and secret.count(".") == 2 and not secret.endswith(".")
        return next(self.store.grants(kind)) if found is None and claimed else found


class _AnyUserSignature(_AnySignature):
    kind = Kind.USER_TOKEN


class _SameForBoth(Rules):
    """Takes a client token that stands in the API key's place as well, beside itself."""

    def client(self, call: Call) -> Sequence[str]:
        tokens = [self.bearer(value) for value in call.values("authorization")]
        same = tokens == [*call.values("x-api-key")]
        return self.client_token(call.values("authorization")[0]) if same and tokens else super().client(call)


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


class _AccessTokenForUser(Rules):
    """Takes what the identity provider's scanner is handed for the user's own token."""

    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        (token, *_) = (*map(self.bearer, call.values("user-authorization")), None)
        return (self.store.fixtures.email, ()) if (token or "").startswith(_ACCESS) else super().user(call)


class _AccessTokenForClient(Rules):
    """The same, for the client's."""

    def client_token(self, value: str) -> Sequence[str]:
        return () if (self.bearer(value) or "").startswith(_ACCESS) else super().client_token(value)


class _AccessTokenForKey(Rules):
    """The same, for the API key."""

    def api_key(self, key: str) -> Sequence[str]:
        return () if key.startswith(_ACCESS) else super().api_key(key)


_ACCESS = "_act-"
"""How the access tokens of the reference server begin."""


def _expired_like(match: Callable[[str, str], bool]) -> type[Rules]:
    """Rules that call what is like the expired client token expired."""

    class ExpiredLike(Rules):
        def client_token(self, value: str) -> Sequence[str]:
            near = match(self.store.fixtures.expired_client_token, self.bearer(value) or "")
            return ("ER801",) if near else super().client_token(value)

    return ExpiredLike


_HANDED_OUT = "auth.handed-out"

GRANTS = category(
    "grants",
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
    Fault("access-token-as-user-token", "An access token is a user token.", _HANDED_OUT, _AccessTokenForUser),
    Fault("access-token-as-client-token", "An access token is a client token.", _HANDED_OUT, _AccessTokenForClient),
    Fault("access-token-as-api-key", "An access token is an API key.", _HANDED_OUT, _AccessTokenForKey),
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
