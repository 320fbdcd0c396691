"""What a fault is: a name, the deviation in a sentence, and how the clean server is changed to show it."""

from collections.abc import Callable

from attrs import evolve, frozen

from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Store
from btcdirect_conformance.server.wire import WireFault

Change = Callable[[Reply], Reply]


@frozen
class Fault:
    """One named deviation, composed over the clean server."""

    name: str
    category: str
    sentence: str
    caught_by: str
    """The id of the case that must catch it."""
    rules: Callable[[Store], Rules] = Rules
    wire: WireFault | None = None


def altered(change: Change, *, every: int = 1, of: Callable[[Reply], bool] = lambda _: True) -> type[Rules]:
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


def payload(change: Callable[[dict[str, object]], object]) -> Change:
    """Changes the JSON value; the change gets a copy of its own."""

    def changed(reply: Reply) -> Reply:
        return evolve(reply, payload=change(dict(reply.payload)))

    return changed
