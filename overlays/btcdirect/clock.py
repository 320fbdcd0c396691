"""Time and chance, so that a test can replace them."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Where the client's decisions take time and chance from."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only ever grow, for deadlines."""
    now: Callable[[], float] = time.time
    """Seconds since the epoch, for ``Retry-After`` as a date."""
    random: Callable[[], float] = random.random
    """A number from 0 to 1, for jitter."""
