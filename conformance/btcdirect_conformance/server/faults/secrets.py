"""Secrets that open more than they should: the client's and the user's authorization."""

from collections.abc import Callable, Sequence

from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Grant, Kind

from .model import Fault, category

Match = Callable[[str, str], bool]
"""Whether a secret that the server knows counts as the presented one."""


def _matching(lenient: Kind, match: Match, among: Kind | None = None) -> type[Rules]:
    """Rules that take more for a secret of that kind, by default what is like one of them."""

    class Matching(Rules):
        def find(self, kind: Kind, secret: str) -> Grant | None:
            found = super().find(kind, secret)
            if found is not None or kind is not lenient:
                return found
            known = (grant for grant in self.store.grants(among or lenient) if not self.store.expired(grant))
            return next((grant for grant in known if match(grant.secret, secret)), None)

    return Matching


def _ends(secret: str) -> tuple[int, str, str]:
    return len(secret), secret[:10], secret[-10:]


_NEAR: tuple[tuple[str, str, Match], ...] = (
    ("invalid", "Any text", lambda known, presented: bool(known and presented)),
    ("truncated", "The beginning", lambda known, presented: known.startswith(presented)),
    ("beheaded", "The end", lambda known, presented: known.endswith(presented)),
    ("extended", "More than the whole", lambda known, presented: presented.startswith(known)),
    ("prefixed", "More before the whole", lambda known, presented: presented.endswith(known)),
    ("swapped", "Any order of the characters", lambda known, presented: sorted(known) == sorted(presented)),
    ("other-first", "All but the first character", lambda known, presented: known[1:] == presented[1:]),
    (
        "other-middle",
        "The first and the last ten characters",
        lambda known, presented: _ends(known) == _ends(presented),
    ),
    ("other-last", "All but the last character", lambda known, presented: known[:-1] == presented[:-1]),
    ("other-case", "Any letter case", lambda known, presented: known.lower() == presented.lower()),
)
_SAME: Match = lambda known, presented: known == presented  # noqa: E731 - one of many
_KINDS = (
    ("client-token", Kind.CLIENT_TOKEN, "client token", "auth.client"),
    ("api-key", Kind.API_KEY, "API key", "auth.key"),
    ("user-token", Kind.USER_TOKEN, "user token", "auth.user"),
)


class _ExpiredAccepted(Rules):
    def client_token(self, value: str) -> Sequence[str]:
        problems = super().client_token(value)
        return () if problems == ("ER801",) else problems


class _ClientAbsentAccepted(Rules):
    def no_client(self) -> Sequence[str]:
        return ()


class _ClientEmptyAccepted(Rules):
    def client(self, call: Call) -> Sequence[str]:
        sent = (*call.values("authorization"), *call.values("x-api-key"))
        return () if any(value in {"", "Bearer"} for value in sent) else super().client(call)


class _ClientIgnored(Rules):
    def client(self, call: Call) -> Sequence[str]:
        del call
        return ()


class _UserAbsentAccepted(Rules):
    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        subject, problems = super().user(call)
        return (self.store.fixtures.email, ()) if problems == ("ER700",) else (subject, problems)


class _UserIgnored(Rules):
    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        subject, problems = super().user(call)
        return (self.store.fixtures.email, ()) if problems else (subject, problems)


class _UserFromClient(Rules):
    """Whoever has a valid client token need not say which user."""

    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        subject, problems = super().user(call)
        trusted = not self.client(call) and bool(call.values("x-api-key"))
        return (self.store.fixtures.email, ()) if problems and trusted else (subject, problems)


def _worn_down(opened: Kind, patience: int) -> type[Rules]:
    """Rules that take any secret of a kind once they have refused so many of all kinds."""

    class WornDown(Rules):
        refused = 0

        def find(self, kind: Kind, secret: str) -> Grant | None:
            found = super().find(kind, secret)
            self.refused += found is None
            worn_down = found is None and kind is opened and self.refused > patience
            return next(self.store.grants(kind)) if worn_down else found

    return WornDown


class _LocksOut(Rules):
    """Who was refused too often is refused for good, with the code of another mistake."""

    refused = 0

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        self.refused += bool(reply.codes)
        return self.failure(("ER805",)) if reply.order and self.refused > 120 else reply


class _AnyScheme(Rules):
    def bearer(self, value: str) -> str | None:
        scheme, blank, token = value.partition(" ")
        return token.strip() if blank and scheme else super().bearer(value)


class _SecondUsersTokenForClient(Rules):
    """Takes one more token than it should for a client token."""

    def client_token(self, value: str) -> Sequence[str]:
        return () if self.bearer(value) == self.store.fixtures.other_user_token else super().client_token(value)


class _ExpiredClientTokenForUser(Rules):
    """Takes a client token that has expired for the user's."""

    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        fixtures = self.store.fixtures
        presented = [self.bearer(value) for value in call.values("user-authorization")]
        return (fixtures.email, ()) if presented == [fixtures.expired_client_token] else super().user(call)


def _for_users_only(rules: type[Rules]) -> type[Rules]:
    """The same leniency for ``User-Authorization`` alone."""

    class UsersOnly(rules):  # type: ignore[misc, valid-type]
        def client_token(self, value: str) -> Sequence[str]:
            return Rules(self.store).client_token(value)

    return UsersOnly


def _for_clients_only(rules: type[Rules]) -> type[Rules]:
    """The same leniency for ``Authorization`` alone."""

    class ClientsOnly(rules):  # type: ignore[misc, valid-type]
        def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
            return Rules(self.store).user(call)

    return ClientsOnly


SECRETS = category(
    "secrets",
    *(
        Fault(
            f"{slug}-{near}-accepted",
            f"{words} of a valid {secret} is as good as it."
            if near != "invalid"
            else f"Any text is taken for a valid {secret}.",
            f"{case}.{near}",
            _matching(kind, match),
        )
        for slug, kind, secret, case in _KINDS
        for near, words, match in _NEAR
    ),
    *(
        Fault(
            f"{slug}-first-eight-compared",
            f"Of a {secret} the first eight characters count.",
            f"{case}.extended",
            _matching(kind, lambda known, presented: known[:8] == presented[:8]),
        )
        for slug, kind, secret, case in _KINDS
    ),
    *(
        Fault(
            f"{slug}-unsigned-accepted",
            f"A {secret} is a JWT, and its signature is not looked at.",
            f"{case}.forged",
            _matching(kind, lambda _, presented: presented.count(".") == 2 and presented.endswith(".")),
        )
        for slug, kind, secret, case in _KINDS
        if kind is not Kind.API_KEY
    ),
    *(
        Fault(
            f"{other_slug}-as-{slug}",
            f"The {other_secret} opens the door in the {secret}'s place.",
            f"{case}.{other_slug}",
            _matching(kind, _SAME, among=other),
        )
        for slug, kind, secret, case in _KINDS
        for other_slug, other, other_secret, _ in _KINDS
        if kind is not other
    ),
    *(
        Fault(
            f"{slug}-after-many-accepted",
            f"After many wrong credentials, any {secret} is taken.",
            f"late.{case.removeprefix('auth.')}-invalid",
            _worn_down(kind, patience=40),
        )
        for slug, kind, secret, case in _KINDS
    ),
    Fault(
        "client-locked-out",
        "After many wrong credentials, the right ones are refused.",
        "late.success",
        _LocksOut,
    ),
    Fault(
        "other-user-token-as-client-token",
        "A second user's token opens the door in the client token's place.",
        "auth.client.other-user-token",
        _SecondUsersTokenForClient,
    ),
    Fault(
        "expired-client-token-as-user-token",
        "An expired client token opens the door in the user token's place.",
        "auth.user.expired-client-token",
        _ExpiredClientTokenForUser,
    ),
    Fault(
        "client-token-expired-accepted",
        "An expired client token opens the door.",
        "auth.client.expired",
        _ExpiredAccepted,
    ),
    Fault("client-absent-accepted", "No client authorization is needed.", "auth.client.none", _ClientAbsentAccepted),
    Fault(
        "client-empty-accepted",
        "An empty client authorization is good enough.",
        "auth.client.empty",
        _ClientEmptyAccepted,
    ),
    Fault("client-ignored", "The client authorization is not looked at.", "auth.client.none", _ClientIgnored),
    Fault(
        "client-any-scheme-accepted",
        "Basic is as good as Bearer before a client token.",
        "auth.client.wrong-scheme",
        _for_clients_only(_AnyScheme),
    ),
    Fault(
        "user-absent-accepted",
        "Without a user token the answer is some user's.",
        "auth.user.missing",
        _UserAbsentAccepted,
    ),
    Fault("user-ignored", "A user token that is wrong is some user's.", "auth.user.invalid", _UserIgnored),
    Fault("user-implied-by-key", "With an API key, no user token is needed.", "auth.user.missing", _UserFromClient),
    Fault(
        "user-any-scheme-accepted",
        "Basic is as good as Bearer before a user token.",
        "auth.user.wrong-scheme",
        _for_users_only(_AnyScheme),
    ),
)
