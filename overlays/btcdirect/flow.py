"""A call as a generator: it yields what has to be done, and is told what came of it.

All decisions stand in such generators once; the two clients only do the steps, one blocking and one awaiting. The steps
are named tuples because any other class takes several times as long to make, which all importers would pay.
"""

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeVar

import httpx

T = TypeVar("T")


class Send(NamedTuple):
    """Send the request; the result is an ``Outcome``."""

    request: httpx.Request
    seconds: float
    """The limit on the whole exchange."""


class Wait(NamedTuple):
    """Do nothing for so many seconds."""

    seconds: float


class Call(NamedTuple):
    """Call the user's function; the result is its own, awaited if it is awaitable."""

    function: Callable[..., object]
    arguments: tuple[object, ...] = ()


class Exclusive(NamedTuple):
    """Run the flow while nobody else runs an exclusive one of this client; the result is the flow's."""

    flow: "Callable[[], Flow[Any]]"
    seconds: float
    """The limit on waiting for one's turn."""


Step = Send | Wait | Call | Exclusive
Flow = Generator[Step, Any, T]
