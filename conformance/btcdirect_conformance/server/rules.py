"""How the reference server decides: strictly, one error an envelope, in a fixed order.

Where the documents leave a choice open, the choice is named here; ``variants`` makes each of the other ones.
"""

import re
from collections.abc import Sequence
from functools import cache
from urllib.parse import unquote_to_bytes

from btcdirect_conformance.contract import load_contract

from .messages import Call, Reply, envelope
from .store import Grant, Kind, Order, Store

_BEARER = re.compile(r"(\S+)[ \t]+(.*)", re.DOTALL)
_NUMBER = re.compile(rb"[0-9]+")


@cache
def _endpoint() -> re.Pattern[bytes]:
    before, after = load_contract().path.split("{id}")
    return re.compile(re.escape(before.encode()) + rb"([^/]*)" + re.escape(after.encode()))


class Rules:
    """Answers a call. Each step is a method of its own, so that a server which differs overrides just that one."""

    allow = "GET, HEAD"

    def __init__(self, store: Store) -> None:
        self.store = store

    def segment(self, path: bytes) -> bytes | None:
        """The id segment of the endpoint's path as it was sent, or ``None`` if that is another path."""
        endpoint = _endpoint().fullmatch(path)
        return endpoint and endpoint[1]

    def reply(self, call: Call) -> Reply:
        """The whole answer to a call."""
        if call.method not in {"GET", "HEAD"}:
            return self.other_method(call)
        number, id_problems = self.order_id(call.segment)
        subject, user_problems = self.user(call)
        problems = self.ranked(self.client(call), user_problems, id_problems)
        if not problems:
            order, problems = self.order(number or "", subject or "")
            if order is not None and not problems:
                return self.success(order, subject or "")
        return self.failure(self.shown(problems))

    # Who asks

    def client(self, call: Call) -> Sequence[str]:
        """What is wrong with the client authorization. An empty header counts as none; none is ER802."""
        tokens = [value for value in call.values("authorization") if value]
        keys = [value for value in call.values("x-api-key") if value]
        if tokens and keys:
            return ("ER803",)
        if keys:
            return self.api_key(", ".join(keys))
        return self.client_token(", ".join(tokens)) if tokens else self.no_client()

    def no_client(self) -> Sequence[str]:
        """No client authorization at all: open between ER802 and ER806."""
        return ("ER802",)

    def api_key(self, key: str) -> Sequence[str]:
        """What is wrong with an API key."""
        return () if self.find(Kind.API_KEY, key) else ("ER805",)

    def client_token(self, value: str) -> Sequence[str]:
        """What is wrong with the value of ``Authorization``."""
        token = self.bearer(value)
        if token is None:
            return ("ER800",)
        if not token:
            return ("ER802",)
        grant = self.find(Kind.CLIENT_TOKEN, token)
        if grant is None:
            return ("ER800",)
        return ("ER801",) if self.expired(grant) else ()

    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        """Which user asks, and what is wrong with the user authorization. An empty header counts as none."""
        value = ", ".join(value for value in call.values("user-authorization") if value)
        if not value:
            return None, ("ER700",)
        token = self.bearer(value)
        if token == "":
            return None, ("ER700",)
        grant = None if token is None else self.find(Kind.USER_TOKEN, token)
        if grant is None or self.expired(grant):
            return None, ("ER702",)
        return grant.subject, ()

    def bearer(self, value: str) -> str | None:
        """The token of ``Bearer {token}`` (the scheme in any case: RFC 9110, 11.1), or ``None`` for another scheme."""
        if value.lower() == "bearer":
            return ""
        match = _BEARER.fullmatch(value)
        return match[2] if match and match[1].lower() == "bearer" else None

    def find(self, kind: Kind, secret: str) -> Grant | None:
        """What a presented secret opens."""
        return self.store.grant(kind, secret)

    def expired(self, grant: Grant) -> bool:
        """Whether the grant's time is over."""
        return self.store.expired(grant)

    # What is asked for

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        """The number in the path: ASCII digits and nothing else, percent-encoded or not."""
        text = unquote_to_bytes(segment)
        if not text:
            return None, ("ER033",)
        return (text.decode("ascii"), ()) if _NUMBER.fullmatch(text) else (None, ("ER034",))

    def order(self, number: str, subject: str) -> tuple[Order | None, Sequence[str]]:
        """The order of that number, to somebody who may know of it."""
        order = self.store.orders.get(number)
        if order is None:
            return None, ("ER035",)
        if order.provokes is not None:
            return order, (order.provokes,)
        return order, () if order.owner == subject else ("ER150",)

    # What is answered

    def ranked(self, client: Sequence[str], user: Sequence[str], order_id: Sequence[str]) -> Sequence[str]:
        """Every problem, the one to tell first in front: open."""
        return (*client, *user, *order_id)

    def shown(self, problems: Sequence[str]) -> Sequence[str]:
        """Those of the problems that are told: open between one and all."""
        return problems[:1]

    def status(self, codes: Sequence[str]) -> int:
        """The status of an envelope with these codes: open but for 4xx (5xx too for ER999)."""
        del codes
        return 400

    def failure(self, codes: Sequence[str]) -> Reply:
        """The envelope of these codes."""
        return Reply(self.status(codes), envelope(codes), codes=tuple(codes))

    def success(self, order: Order, subject: str) -> Reply:
        """The check of the order."""
        return Reply(200, self.store.poll(order), subject=subject, order=order.id)

    def other_method(self, call: Call) -> Reply:
        """Any method but GET and HEAD (RFC 9110, 15.5.6)."""
        del call
        headers = (("Content-Type", "text/plain; charset=utf-8"), ("Allow", self.allow))
        return Reply(405, None, headers=headers, raw=b"Method Not Allowed")
