"""What a fault is: a server that differs in a way that the documents do not allow, and the case that must see it."""

from collections.abc import Callable

from attrs import evolve, frozen

from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Store
from btcdirect_conformance.server.wire import WireFault


@frozen
class Fault:
    """One named deviation, composed over the clean server (a ``Flavour``)."""

    name: str
    sentence: str
    caught_by: str
    """The id of the case that must catch it."""
    rules: Callable[[Store], Rules] = Rules
    wire: WireFault | None = None
    category: str = ""
    """Set by the module that gathers the category."""


def category(name: str, *faults: Fault) -> tuple[Fault, ...]:
    """The faults as one category."""
    return tuple(evolve(fault, category=name) for fault in faults)
