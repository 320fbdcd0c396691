"""How credentials may be read, and which error is told first."""

# ruff: noqa: D102 - the methods are those of Rules, documented there

import re
from collections.abc import Mapping, Sequence

from btcdirect_conformance.server.messages import Call
from btcdirect_conformance.server.rules import Rules


class AllAtOnce(Rules):
    """Every error that applies is told."""

    def shown(self, problems: Sequence[str]) -> Sequence[str]:
        return problems


class IdFirst(Rules):
    """The id's form counts before the credentials."""

    def ranked(self, client: Sequence[str], user: Sequence[str], order_id: Sequence[str]) -> Sequence[str]:
        return (*order_id, *client, *user)


class UserFirst(Rules):
    """The user's authorization counts before the client's."""

    def ranked(self, client: Sequence[str], user: Sequence[str], order_id: Sequence[str]) -> Sequence[str]:
        return (*user, *client, *order_id)


class StatusByKind(Rules):
    """Statuses as most APIs have them."""

    statuses: Mapping[str, int] = {
        "ER034": 422, "ER035": 404, "ER150": 403, "ER700": 401, "ER702": 401, "ER800": 401, "ER801": 401,
        "ER802": 401, "ER805": 401, "ER806": 401, "ER999": 500,
    }  # fmt: skip

    def status(self, codes: Sequence[str]) -> int:
        return self.statuses.get(codes[0], 400)


class AllByKind(AllAtOnce, StatusByKind):
    """One error or several, the status is the first one's."""


class KeyNotFound(Rules):
    """No client authorization is told by the API key's code."""

    def no_client(self) -> Sequence[str]:
        return ("ER806",)


class NeitherFound(AllAtOnce):
    """No client authorization is told by both codes."""

    def no_client(self) -> Sequence[str]:
        return ("ER802", "ER806")


class EmptyIsInvalid(Rules):
    """A header without a value was sent all the same."""

    def client(self, call: Call) -> Sequence[str]:
        tokens, keys = call.values("authorization"), call.values("x-api-key")
        if tokens and keys:
            return ("ER803",)
        if tokens:
            return self.client_token(", ".join(tokens)) if tokens != ("",) else ("ER800",)
        return self.api_key(", ".join(keys)) if keys else self.no_client()

    def client_token(self, value: str) -> Sequence[str]:
        problems = super().client_token(value)
        return ("ER800",) if problems == ("ER802",) else problems

    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        subject, problems = super().user(call)
        sent = bool(call.values("user-authorization"))
        return subject, ("ER702",) if problems == ("ER700",) and sent else problems


class OtherSchemeIsNone(Rules):
    """What is not Bearer is no token."""

    def client_token(self, value: str) -> Sequence[str]:
        return super().client_token(value) if self.bearer(value) is not None else ("ER802",)

    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        subject, problems = super().user(call)
        none = self.bearer(", ".join(call.values("user-authorization"))) is None
        return subject, ("ER700",) if problems and none else problems


class EachOfBoth(Rules):
    """Of two client authorizations, what is wrong with either is told before that they are two."""

    def client(self, call: Call) -> Sequence[str]:
        problems = super().client(call)
        if problems != ("ER803",):
            return problems
        token, key = (", ".join(call.values(name)) for name in ("authorization", "x-api-key"))
        invalid = (*self.client_token(token), *self.api_key(key))
        return (*(code for code in invalid if code != "ER802"), *problems)


class ExactScheme(Rules):
    """``Bearer`` as the vendor docs write it, one blank, and nothing else."""

    def bearer(self, value: str) -> str | None:
        if value == "Bearer":
            return ""
        return value[7:] if value.startswith("Bearer ") and " " not in value[7:] else None


class NoScheme(Rules):
    """A token may come without ``Bearer``."""

    def bearer(self, value: str) -> str | None:
        return value if " " not in value and value != "Bearer" else super().bearer(value)


class NoBlank(Rules):
    """A token may follow ``Bearer`` at once."""

    def bearer(self, value: str) -> str | None:
        return super().bearer(re.sub(r"^Bearer(?=\S)", "Bearer ", value))
