"""Two client authorizations at once, and requests with a method that is none of the endpoint's."""

from collections.abc import Sequence

from attrs import evolve

from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules

from .model import Fault, category


class _EitherValid(Rules):
    """One good method is enough."""

    def client(self, call: Call) -> Sequence[str]:
        problems = super().client(call)
        if problems != ("ER803",):
            return problems
        token = self.client_token(", ".join(call.values("authorization")))
        return () if not token or not self.api_key(", ".join(call.values("x-api-key"))) else token


class _BothValid(Rules):
    """Two good methods are fine, one bad one is not."""

    def client(self, call: Call) -> Sequence[str]:
        problems = super().client(call)
        if problems != ("ER803",):
            return problems
        token = self.client_token(", ".join(call.values("authorization")))
        return token or self.api_key(", ".join(call.values("x-api-key")))


class _TokenWins(Rules):
    """The API key is not looked at beside a token."""

    def client(self, call: Call) -> Sequence[str]:
        problems = super().client(call)
        return self.client_token(", ".join(call.values("authorization"))) if problems == ("ER803",) else problems


class _KeyWins(Rules):
    """The token is not looked at beside an API key."""

    def client(self, call: Call) -> Sequence[str]:
        problems = super().client(call)
        return self.api_key(", ".join(call.values("x-api-key"))) if problems == ("ER803",) else problems


class _ExpiredBesideKey(Rules):
    """An expired token beside a good key is not counted."""

    def client(self, call: Call) -> Sequence[str]:
        problems = super().client(call)
        token = self.client_token(", ".join(call.values("authorization")))
        if problems == ("ER803",) and token == ("ER801",):
            return self.api_key(", ".join(call.values("x-api-key")))
        return problems


class _BadKeyBesideToken(Rules):
    """A wrong API key beside a good token is not counted."""

    def client(self, call: Call) -> Sequence[str]:
        problems = super().client(call)
        if problems == ("ER803",) and self.api_key(", ".join(call.values("x-api-key"))):
            return self.client_token(", ".join(call.values("authorization")))
        return problems


class _HeadUnauthorized(Rules):
    """HEAD asks for no credentials."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        return evolve(reply, status=200) if call.method == "HEAD" and reply.codes else reply


class _HeadOpenToAnyClient(Rules):
    """HEAD asks for a user's authorization alone."""

    def client(self, call: Call) -> Sequence[str]:
        return () if call.method == "HEAD" else super().client(call)


class _KeyBeforeTokenWins(Rules):
    """Looks at the first client authorization that it meets, if that is a key."""

    def client(self, call: Call) -> Sequence[str]:
        first = next((name for name, _ in call.headers if name in {"authorization", "x-api-key"}), "")
        return self.api_key(call.values(first)[0]) if first == "x-api-key" else super().client(call)


class _OptionsOpen(Rules):
    """OPTIONS gives the check, and asks for no credentials."""

    def other_method(self, call: Call) -> Reply:
        order = self.store.orders.get(call.segment.decode("ascii", "replace"))
        return self.success(order, order.owner) if call.method == "OPTIONS" and order else super().other_method(call)


class _TraceEchoes(Rules):
    """TRACE sends back every header."""

    def other_method(self, call: Call) -> Reply:
        if call.method != "TRACE":
            return super().other_method(call)
        lines = "".join(f"{name}: {value}\r\n" for name, value in call.headers)
        return Reply(200, None, headers=(("Content-Type", "message/http"),), raw=lines.encode())


class _OtherMethodsAnswered(Rules):
    """Any method gets the check."""

    def other_method(self, call: Call) -> Reply:
        return self.reply(evolve(call, method="GET"))


METHODS = category(
    "methods",
    Fault("both-either-valid", "Of two client authorizations one has to be good.", "auth.both.valid", _EitherValid),
    Fault("both-valid-accepted", "Two good client authorizations are fine.", "auth.both.valid", _BothValid),
    Fault("both-token-wins", "Beside a client token the API key is not looked at.", "auth.both.valid", _TokenWins),
    Fault("both-key-wins", "Beside an API key the client token is not looked at.", "auth.both.valid", _KeyWins),
    Fault(
        "both-expired-ignored",
        "An expired token beside a good API key is overlooked.",
        "auth.both.expired-token",
        _ExpiredBesideKey,
    ),
    Fault(
        "both-bad-key-ignored",
        "A wrong API key beside a good token is overlooked.",
        "auth.both.invalid-key",
        _BadKeyBesideToken,
    ),
    Fault(
        "both-key-before-token-wins",
        "Where the API key comes first, the client token is not looked at.",
        "auth.both.key-first",
        _KeyBeforeTokenWins,
    ),
    Fault(
        "method-head-open-to-any-client",
        "HEAD needs no client authorization.",
        "method.head",
        _HeadOpenToAnyClient,
    ),
    Fault(
        "method-options-open",
        "OPTIONS gives the check to anybody.",
        "method.options-unauthorized",
        _OptionsOpen,
    ),
    Fault("method-trace-echoes", "TRACE sends the credentials back.", "method.trace", _TraceEchoes),
    Fault("method-head-open", "HEAD needs no credentials.", "method.head", _HeadUnauthorized),
    Fault("method-post-answered", "Any method gets the check.", "method.post", _OtherMethodsAnswered),
)
