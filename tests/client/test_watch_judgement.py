"""What an answer comes to in a watch: news, when to ask again, and what is remembered."""

from typing import Any

import pytest

from btcdirect import errors
from btcdirect._watch import Order, Verdict, judge
from btcdirect.liveness import LivenessCheck
from btcdirect.polling import Polling, condition_from
from btcdirect.redaction import Secret

GROWING = Polling(initial=2, maximum=30, factor=1.5, jitter=0)


def check(status: str) -> LivenessCheck:
    """An answer with everything that a success may hold."""
    data = {"accessToken": Secret("the-access-token")}
    return LivenessCheck("liveness", "sumsub", status, Secret("the-access-token"), data, {"status": status})


def judged(order: Order, answer: LivenessCheck | errors.BtcDirectError, random: float = 0.5, **options: Any) -> Verdict:
    """The verdict on the order's next answer."""
    return judge(order, answer, until=condition_from(None), polling=options.get("polling", GROWING), random=random)


def test_intervals_grow_until_there_is_news() -> None:
    """Then they start anew."""
    order = Order("1", None)
    statuses = ["missing", "missing", "missing", "pending", "pending"]
    assert [judged(order, check(status)).delay for status in statuses] == [2, 3, 4.5, 2, 3]


def test_a_failure_waits_for_some_of_the_intervals_of_its_order() -> None:
    """Two, then four, then eight at most; one that was not answered yet has the first interval."""
    fresh, known = Order("1", None), Order("2", None)
    for _ in range(3):
        judged(known, check("pending"))
    failures = [errors.TransportError("gone") for _ in range(4)]
    assert [judged(fresh, failure).delay for failure in failures] == [4, 8, 16, 16]
    assert [judged(known, failure).delay for failure in failures] == [9, 18, 36, 36]
    assert judged(known, check("pending")).delay == 6.75


def test_chance_shortens_both() -> None:
    """By the polling's jitter."""
    order, polling = Order("1", None), Polling(initial=10, maximum=10, jitter=0.5)
    assert judged(order, check("pending"), 1.0, polling=polling).delay == 5
    assert judged(order, errors.TransportError("gone"), 1.0, polling=polling).delay == 10


@pytest.mark.parametrize("statuses", [["pending"], ["pending", "pending"], ["missing", "pending"]])
def test_little_is_remembered(statuses: list[str]) -> None:
    """Of very many orders neither data nor access tokens are kept."""
    order = Order("1", None)
    for status in statuses:
        judged(order, check(status))
    assert order.seen == LivenessCheck("liveness", "sumsub", "pending")
