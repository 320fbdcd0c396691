"""A call as a generator: it yields what has to be done, and is told what came of it.

All decisions stand in such generators once; the two clients only do the steps, one blocking and one awaiting.
"""

from collections.abc import Callable, Generator
from typing import Any, TypeVar

import httpx
from attrs import field, frozen

T = TypeVar("T")


@frozen
class Send:
    """Send the request; the result is an ``Outcome``."""

    request: httpx.Request
    seconds: float
    """The limit on the whole exchange."""


@frozen
class Wait:
    """Do nothing for so many seconds."""

    seconds: float


@frozen
class Call:
    """Call the user's function; the result is its own, awaited if it is awaitable."""

    function: Callable[..., object] = field(repr=False)
    arguments: tuple[object, ...] = field(default=(), repr=False)


@frozen
class Exclusive:
    """Run the flow while nobody else runs an exclusive one of this client; the result is the flow's."""

    flow: "Callable[[], Flow[Any]]" = field(repr=False)
    seconds: float
    """The limit on waiting for one's turn."""


Step = Send | Wait | Call | Exclusive
Flow = Generator[Step, Any, T]
