"""What goes wrong only where two states of a request meet, or three."""

from collections.abc import Callable, Sequence
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, quote, unquote

from attrs import evolve

from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Kind

from .model import Fault, category

_CLIENT = "authorization"
_KEY = "x-api-key"
_USER = "user-authorization"


class _ExtendedByToken(Rules):
    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        token = self.store.fixtures.user_token
        longer = [self.bearer(value) or "" for value in call.values(_USER)]
        known = bool(call.values(_CLIENT)) and any(each.startswith(token) for each in longer)
        return (self.store.fixtures.email, ()) if known else super().user(call)


class _CrashesOnTwoAndEmpty(Rules):
    def reply(self, call: Call) -> Reply:
        if call.values(_CLIENT) and call.values(_KEY) and call.values(_USER) == ("",):
            return Reply(500, None, headers=(("Content-Type", "text/html"),), raw=b"<h1>500</h1>")
        return super().reply(call)


class _KeySeesOthers(Rules):
    def reply(self, call: Call) -> Reply:
        given, (number, _) = self.store.fixtures, self.order_id(call.segment)
        if number == given.foreign and call.values(_USER) == (f"Bearer {given.api_key}",):
            return self.success(self.store.orders[given.foreign], given.other_email)
        return super().reply(call)


class _OpenBehind(Rules):
    """A query behind the path, and the client authorization is not looked at."""

    def client(self, call: Call) -> Sequence[str]:
        return () if call.query else super().client(call)


class _OpenToOwnMachine(Rules):
    """Believes who says that it is the server's own machine, and asks for no client authorization then."""

    def client(self, call: Call) -> Sequence[str]:
        return () if "127.0.0.1" in call.values("x-forwarded-for") else super().client(call)


def _open_at(as_known: Callable[[bytes], bytes]) -> type[Rules]:
    """Rules of a router that knows more spellings of the path than the gateway before it, which asks for clients."""

    class OpenAt(Rules):
        def segment(self, path: bytes) -> bytes | None:
            return super().segment(as_known(path))

        def client(self, call: Call) -> Sequence[str]:
            return () if as_known(call.path) != call.path else super().client(call)

    return OpenAt


_SPELLINGS: Sequence[tuple[str, str, Callable[[bytes], bytes]]] = (
    ("slash-behind", "With a slash behind the path", lambda path: path.removesuffix(b"/")),
    ("double-slash", "With two slashes before the path", lambda path: path.replace(b"//api", b"/api")),
    ("parameter", "With a semicolon behind the path", lambda path: path.removesuffix(b";x")),
    ("capitals", "With the path in capitals", lambda path: path.lower() if path.isupper() else path),
    ("front-controller", "With index.php before the path", lambda path: path.removeprefix(b"/index.php")),
    ("format", "With .json behind the path", lambda path: path.removesuffix(b".json")),
)


class _ClientFromQuery(Rules):
    """Without a header, takes a valid API key from the query."""

    def client(self, call: Call) -> Sequence[str]:
        keys = parse_qs(call.query.decode("latin-1")).get("api_key", ())
        headless = not call.values(_CLIENT) and not call.values(_KEY)
        return () if headless and self.store.fixtures.api_key in keys else super().client(call)


class _ClientFromForm(Rules):
    """Reads an API key wherever one may stand, as PHP's ``$_REQUEST`` does."""

    def client(self, call: Call) -> Sequence[str]:
        keys = parse_qs(call.query.decode("latin-1")).get("api_key", ())
        headless = not call.values(_CLIENT) and not call.values(_KEY)
        return self.api_key(keys[0]) if headless and keys else super().client(call)


class _UserFromCookie(Rules):
    """Without a header, takes a valid user token from a cookie, as a web shop's own pages have it."""

    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        given = self.store.fixtures
        kept = SimpleCookie("; ".join(call.values("cookie"))).get("token")
        known = kept is not None and kept.value == given.user_token and not call.values(_USER)
        return (given.email, ()) if known else super().user(call)


class _TwoKeysAreFine(Rules):
    """Has nothing to say about a second API key, and so nothing about the first."""

    def client(self, call: Call) -> Sequence[str]:
        return () if len(call.values(_KEY)) > 1 else super().client(call)


class _Session(Rules):
    """Remembers by a cookie which user asked last, as a PHP session does."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        cookies = (("Set-Cookie", f"PHPSESSID={quote(reply.subject or '')}; path=/; HttpOnly"),) if reply.order else ()
        return evolve(reply, headers=(*reply.headers, *cookies))

    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        kept = SimpleCookie("; ".join(call.values("cookie"))).get("PHPSESSID")
        known = (unquote(kept.value), ()) if kept and not call.values(_USER) else None
        return known or super().user(call)


class _Revalidates(Rules):
    """Says 304 to whoever names the tag, before it asks who that is."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        if '"7"' in call.values("if-none-match"):
            return evolve(reply, status=304, headers=(("ETag", '"7"'),), raw=b"", codes=(), order=None)
        return evolve(reply, headers=(*reply.headers, ("ETag", '"7"'))) if reply.order else reply


class _Exchanged(Rules):
    """Takes both tokens, whichever header has which."""

    def reply(self, call: Call) -> Reply:
        given = self.store.fixtures
        sent = {key: self.bearer(value) for key, value in call.headers if key in (_CLIENT, _USER)}
        if sent == {_CLIENT: given.user_token, _USER: given.client_token}:
            return self.success(self.store.orders[given.owned], given.email)
        return super().reply(call)


class _UserInAuthorization(Rules):
    """Looks for the user's token in Authorization, when an API key says which client asks."""

    def reply(self, call: Call) -> Reply:
        if call.values(_KEY) and call.values(_CLIENT) and not call.values(_USER):
            moved = tuple((_USER if key == _CLIENT else key, value) for key, value in call.headers)
            return super().reply(evolve(call, headers=moved))
        return super().reply(call)


class _ClientFromOtherField(Rules):
    """Takes a gateway's field for the client's token."""

    def client(self, call: Call) -> Sequence[str]:
        moved = tuple((_CLIENT if key == "x-auth-token" else key, value) for key, value in call.headers)
        return super().client(evolve(call, headers=moved))


class _AnyIdentifier(Rules):
    """Takes any ``User-Identifier`` for the user, as if it were one of the endpoints that know it."""

    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        return (self.store.fixtures.email, ()) if call.values("user-identifier") else super().user(call)


def _told(when: frozenset[str], instead: str) -> type[Rules]:
    """Rules that answer something else where just these problems meet."""

    class Told(Rules):
        def ranked(self, client: Sequence[str], user: Sequence[str], order_id: Sequence[str]) -> Sequence[str]:
            problems = super().ranked(client, user, order_id)
            return (instead,) if when == frozenset(problems) else problems

    return Told


class _TwoMethodsInvalidUser(Rules):
    """With two client authorizations, one of them invalid, says that the missing user token is invalid."""

    def reply(self, call: Call) -> Reply:
        token = self.bearer(next(iter(call.values(_CLIENT)), ""))
        invalid = token is not None and self.find(Kind.CLIENT_TOKEN, token) is None
        mixed = invalid and bool(call.values(_KEY)) and not call.values(_USER)
        return self.failure(("ER702",)) if mixed else super().reply(call)


class _NobodyAsksForNothing(Rules):
    """Without any credentials, an order that isn't there is an empty success."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        nobody = not any(call.values(name) for name in (_CLIENT, _KEY, _USER))
        number, problems = self.order_id(call.segment)
        lost = nobody and not problems and number not in self.store.orders
        return evolve(reply, status=200, payload={}, codes=()) if lost and call.method == "GET" else reply


COMBINATIONS = category(
    "combinations",
    Fault("client-open-behind-query", "With a query, any client may ask.", "request.query", _OpenBehind),
    Fault(
        "client-open-to-own-machine",
        "As if from the server's own machine, any client may ask.",
        "request.query",
        _OpenToOwnMachine,
    ),
    *(
        Fault(f"client-open-at-{slug}", f"{title}, any client may ask.", "request.path-spelling", _open_at(as_known))
        for slug, title, as_known in _SPELLINGS
    ),
    Fault("client-from-query", "An API key may stand in the query.", "request.client-elsewhere", _ClientFromQuery),
    Fault(
        "client-from-form", "The query's API key is judged as a header's.", "request.client-elsewhere", _ClientFromForm
    ),
    Fault("client-from-other-field", "Another field has the token.", "request.client-elsewhere", _ClientFromOtherField),
    Fault("user-from-cookie", "A user token may stand in a cookie.", "request.user-elsewhere", _UserFromCookie),
    Fault(
        "user-token-extended-by-token",
        "More than a user token is as good as it, where a client token says which client asks.",
        "pair.token+user-extended",
        _ExtendedByToken,
    ),
    Fault(
        "two-methods-empty-user-crashes",
        "Two client authorizations and an empty user authorization bring a 500.",
        "pair.both-valid+user-blank",
        _CrashesOnTwoAndEmpty,
    ),
    Fault(
        "key-for-user-skips-the-owner",
        "An API key in the user token's place sees orders of all users.",
        "pair.user-api-key+order-foreign",
        _KeySeesOthers,
    ),
    Fault("key-twice-accepted", "Two API keys are not looked at.", "auth.key.twice", _TwoKeysAreFine),
    Fault("session-for-user", "A session's cookie stands for the user token.", "auth.handed-out", _Session),
    Fault("tag-for-anybody", "Who knows an answer's tag need not say who asks.", "auth.handed-out", _Revalidates),
    Fault("tokens-exchanged", "Either token may stand in either header.", "auth.exchanged", _Exchanged),
    Fault(
        "user-in-authorization",
        "The user's token may stand in Authorization.",
        "auth.user.in-authorization",
        _UserInAuthorization,
    ),
    Fault("user-any-identifier", "Any User-Identifier is a user.", "auth.user.identifier", _AnyIdentifier),
    Fault(
        "two-methods-user-invalid",
        "One bad client authorization beside a good one makes a missing user token an invalid one.",
        "pair.both-invalid-token+user-missing",
        _TwoMethodsInvalidUser,
    ),
    Fault(
        "nobody-asks-for-nothing",
        "Who has no credentials and asks for no order gets an empty success.",
        "triple.client-none+user-missing+order-unknown",
        _NobodyAsksForNothing,
    ),
    Fault(
        "expired-nobody-letters",
        "An expired client token, no user token and letters make an order that is not found.",
        "triple.client-expired+user-missing+order-not-a-number",
        _told(frozenset({"ER801", "ER700", "ER034"}), "ER035"),
    ),
)
