"""Whose turn it is: the pure half of a watch, on a clock that the tests turn."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from btcdirect._schedule import Pace, Schedule


def run(schedule: Schedule[int], interval: float, *, until: float, seed: int = 0) -> list[tuple[float, float, int]]:
    """Take every turn as soon as it may begin, the next one about `interval` later.

    Returns:
        When each turn began, when it was due, and whose it was.
    """
    chance = Random(seed)  # noqa: S311 - no secret
    turns: list[tuple[float, float, int]] = []
    while (now := schedule.next_at()) is not None and now <= until:
        entry = schedule.take(now)
        assert entry is not None
        turns.append((now, entry.due, entry.item))
        schedule.again(entry, now + interval * chance.uniform(0.8, 1))
    return turns


def filled(count: int, *, rate: float) -> Schedule[int]:
    """A schedule that `count` things came to at once, at time 0."""
    schedule = Schedule[int](rate)
    for item in range(count):
        schedule.add(item, 0)
    return schedule


@given(
    count=st.integers(1, 60),
    interval=st.floats(0.5, 20),
    rate=st.floats(1, 200),
    seed=st.integers(0, 2**32),
)
def test_nobody_is_passed_over_and_the_rate_holds(count: int, interval: float, rate: float, seed: int) -> None:
    """Whatever the load: a turn that is due waits for one of each other's at most, and no second exceeds the rate."""
    turns = run(filled(count, rate=rate), interval, until=4 * max(interval, count / rate), seed=seed)
    assert {item for _, _, item in turns} == set(range(count))
    assert max(began - due for began, due, _ in turns) <= count / rate + 1e-6
    begun = [began for began, _, _ in turns]
    for index, start in enumerate(begun):
        within = sum(1 for moment in begun[index:] if moment < start + 1)
        assert within <= rate * 1.02 + 1 + 1e-6


@given(count=st.integers(1, 200), seed=st.integers(0, 2**32))
def test_none_is_late_by_more_than_an_interval_when_the_rate_suffices(count: int, seed: int) -> None:
    """As long as the rate covers every order once an interval, no turn waits for another interval."""
    interval = 10.0
    turns = run(filled(count, rate=count / interval), interval, until=60, seed=seed)
    assert max(began - due for began, due, _ in turns) <= interval


def test_first_turns_are_spread_by_the_rate() -> None:
    """Things that come at once don't come at once again."""
    turns = run(filled(5, rate=2), 60, until=30)
    assert [due for _, due, _ in turns] == [0, 0.5, 1, 1.5, 2]


def test_a_late_comer_is_not_put_behind_an_old_burst() -> None:
    """The spreading starts anew once the burst is over."""
    schedule = filled(2, rate=1)
    assert schedule.add(9, 10).due == 10


def test_what_is_removed_has_no_more_turns() -> None:
    """A removed thing leaves the heap at the latest when its turn would have come."""
    schedule = Schedule[int](1000)
    entries = [schedule.add(item, 0) for item in range(3)]
    schedule.remove(entries[0])
    schedule.remove(entries[1])
    assert {item for _, _, item in run(schedule, 1, until=5)} == {2}
    schedule.remove(entries[2])
    assert schedule.next_at() is None
    assert schedule.take(100) is None


def test_nothing_begins_before_its_time() -> None:
    """Asked too early, the schedule gives nothing and loses nothing."""
    schedule = Schedule[int](1000)
    schedule.add(1, 5)
    assert schedule.take(4.9) is None
    assert schedule.take(5) is not None


def test_a_pause_holds_everybody_back() -> None:
    """After a pause the turns go on at the rate, without a burst for what was missed."""
    schedule = filled(10, rate=10)
    schedule.pause(30)
    begun = [began for began, _, _ in run(schedule, 60, until=40)]
    assert begun[0] == 30
    assert begun[-1] >= 30.85


def test_a_short_pause_does_not_hasten_the_next_turn() -> None:
    """Where turns are rare, the next one is later than the end of the pause."""
    pace = Pace(0.1)
    pace.take(0)
    pace.pause(1)
    assert pace.ready_at == pytest.approx(10, abs=0.1)


@given(rate=st.floats(0.1, 1000), waits=st.lists(st.floats(0, 5), max_size=50))
def test_a_pace_saves_nothing_up(rate: float, waits: list[float]) -> None:
    """However long nobody came, the next two turns lie a full step apart but for the catching up."""
    pace, now = Pace(rate), 0.0
    for wait in waits:
        now = max(now + wait, pace.ready_at)
        pace.take(now)
        assert pace.ready_at - now >= 1 / rate - 0.02 - 1e-9


@pytest.mark.parametrize("rate", [500.0])
def test_the_rate_is_reached_over_a_coarse_timer(rate: float) -> None:
    """A timer that wakes only every 15 ms still gets the rate."""
    schedule = filled(10_000, rate=rate)
    turns = 0
    for tick in range(200):
        while schedule.take(tick * 0.015) is not None:
            turns += 1
    assert turns == pytest.approx(3 * rate, rel=0.02)
