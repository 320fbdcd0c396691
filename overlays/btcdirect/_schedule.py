"""Whose turn it is and when, as a pure decision: a heap of due times under a rate. The caller brings the time."""

from heapq import heappop, heappush
from typing import Generic, TypeVar

from attrs import define, field

_CATCH_UP = 0.02

T = TypeVar("T")


@define(eq=False)
class Entry(Generic[T]):
    """A thing that has turns."""

    item: T
    due: float
    """When its next turn should begin; of a turn that was taken, when it should have begun."""
    live: bool = True
    """Whether it still has turns; one that was removed stays in the heap until its time comes."""


@define
class Pace:
    """A limit of turns per second, evenly spread (the generic cell rate algorithm).

    A timer wakes late; `_CATCH_UP` seconds' worth of turns may then begin at once, so that the rate is reached.
    """

    rate: float
    _next: float = field(default=float("-inf"), init=False)

    @property
    def ready_at(self) -> float:
        """When the next turn may begin."""
        return self._next - _CATCH_UP

    def take(self, now: float) -> None:
        """Count a turn."""
        self._next = max(self._next, now) + 1 / self.rate

    def pause(self, until: float) -> None:
        """Let no turn begin before."""
        self._next = max(self._next, until + _CATCH_UP)


class Schedule(Generic[T]):
    """Gives turns to many things, no more than `rate` a second in all.

    The turn that was due first is given first, so where the rate does not suffice for all of them, all are late alike
    and nobody is passed over. First turns are spread by the rate: 10,000 things that come at once do not stay in step.
    """

    def __init__(self, rate: float) -> None:
        self._pace = Pace(rate)
        self._admission = float("-inf")
        self._heap: list[tuple[float, int, Entry[T]]] = []
        self._pushed = 0

    def add(self, item: T, now: float) -> Entry[T]:
        """Give it turns from now on."""
        due = max(self._admission, now)
        self._admission = due + 1 / self._pace.rate
        entry = Entry(item, due)
        self._push(entry)
        return entry

    def remove(self, entry: Entry[T]) -> None:
        """Give it no more turns."""
        entry.live = False

    def again(self, entry: Entry[T], due: float) -> None:
        """Give it another turn."""
        entry.due = due
        self._push(entry)

    def next_at(self) -> float | None:
        """When the next turn may begin; ``None`` when nobody waits for one."""
        heap = self._heap
        while heap and not heap[0][2].live:
            heappop(heap)
        return max(heap[0][0], self._pace.ready_at) if heap else None

    def take(self, now: float) -> Entry[T] | None:
        """The turn that may begin now, if there is one."""
        at = self.next_at()
        if at is None or at > now:
            return None
        self._pace.take(now)
        return heappop(self._heap)[2]

    def pause(self, until: float) -> None:
        """Let no turn begin before."""
        self._pace.pause(until)

    def _push(self, entry: Entry[T]) -> None:
        self._pushed += 1
        heappush(self._heap, (entry.due, self._pushed, entry))
