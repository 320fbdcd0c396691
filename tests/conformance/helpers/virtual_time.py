"""Time that passes for sleepers alone."""

import asyncio


class VirtualTime:
    """A clock that only sleepers move, each to the end of its own sleep."""

    def __init__(self, now: float = 0) -> None:
        self.now = now

    def clock(self) -> float:
        """What time it is."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Others go first, as on a real clock."""
        end = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, end)
