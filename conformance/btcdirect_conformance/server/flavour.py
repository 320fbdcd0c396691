"""How a server is made that differs from the clean one: other rules, changed answers, or a front that spoils bytes."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from attrs import evolve

from .messages import Call, Reply, envelope, with_header
from .rules import Rules
from .store import Store
from .wire import WireFault

Change = Callable[[Reply], Reply]
Which = Callable[[Reply], bool]
Payload = dict[str, Any]


class Flavour(Protocol):
    """A server that differs from the clean one in one named way."""

    @property
    def name(self) -> str:
        """A slug."""
        ...

    @property
    def sentence(self) -> str:
        """What it does, for a reader of the matrix."""
        ...

    @property
    def rules(self) -> Callable[[Store], Rules]:
        """How it decides."""
        ...

    @property
    def wire(self) -> WireFault | None:
        """What becomes of its bytes."""
        ...


def altered(change: Change, of: Which, *, every: int = 1) -> type[Rules]:
    """Rules whose answers are changed on their way out: every so many of those that count."""

    class Altered(Rules):
        answers = 0

        def reply(self, call: Call) -> Reply:
            reply = super().reply(call)
            if not of(reply):
                return reply
            self.answers += 1
            return change(reply) if self.answers % every == 0 else reply

    return Altered


def success(reply: Reply) -> bool:
    """The answer holds a check."""
    return reply.order is not None


def failure(reply: Reply) -> bool:
    """The answer holds an envelope."""
    return bool(reply.codes)


def anything(reply: Reply) -> bool:
    """The answer is one of the endpoint's, whatever it holds."""
    return success(reply) or failure(reply)


def telling(code: str) -> Which:
    """The answer tells that code."""
    return lambda reply: code in reply.codes


def payload(change: Callable[[Payload], object]) -> Change:
    """Puts another JSON value in place; the change gets a copy of the old one."""
    return lambda reply: evolve(reply, payload=change(dict(reply.payload)))


def entries(change: Callable[[Payload], object]) -> Change:
    """Puts another value in place of each entry of an envelope; the change gets a copy of the old one."""

    def changed(old: Payload) -> Payload:
        errors = cast("Mapping[str, Payload]", old["errors"])
        return {**old, "errors": {code: change(dict(entry)) for code, entry in errors.items()}}

    return payload(changed)


def entry(name: str, value: object | Callable[[str], object]) -> Change:
    """Puts another value in place of one field of each entry."""
    return entries(lambda old: {**old, name: value(old[name]) if callable(value) else value})


def without(*names: str) -> Callable[[Payload], Payload]:
    """The value without these members."""
    return lambda old: {key: value for key, value in old.items() if key not in names}


def member(name: str, value: object) -> Change:
    """Puts another value in place of one member of the payload."""
    return payload(lambda old: {**old, name: value})


def header(name: str, *values: str) -> Change:
    """Sends the header with these values, or leaves it out when there are none."""
    return lambda reply: evolve(reply, headers=with_header(reply.headers, name, *values))


def status(number: int) -> Change:
    """Sends another status."""
    return lambda reply: evolve(reply, status=number)


def body(raw: bytes | Callable[[bytes], bytes]) -> Change:
    """Sends other bytes."""
    return lambda reply: evolve(reply, raw=raw(reply.body) if callable(raw) else raw)


def both(*changes: Change) -> Change:
    """One change after the other."""

    def changed(reply: Reply) -> Reply:
        for change in changes:
            reply = change(reply)
        return reply

    return changed


def told_as(*codes: str) -> Change:
    """Sends the envelope of other codes."""

    def changed(reply: Reply) -> Reply:
        return evolve(reply, payload=envelope(codes), codes=codes, order=None)

    return changed
