"""The error classes: complete, picklable, readable."""

import copy
import inspect
import json
import pickle
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.client.twins import Twin, always, envelope

from btcdirect import errors

CATALOGUE = yaml.safe_load((Path(__file__).parents[2] / "openapi" / "errors.yaml").read_text("utf-8"))
ROWS = {row["code"]: row for row in CATALOGUE["errors"] + CATALOGUE["elsewhere"]}
KNOWN = sorted(ROWS.keys() & errors.CLASS_BY_CODE.keys())
CATEGORIES = {cls.category: cls for cls in errors.ApiError.__subclasses__()}


def test_each_code_of_the_catalogue_has_a_class_and_no_class_has_another_code() -> None:
    """One class a code: a missing and an extra one are named."""
    classes = {cls.documented_code: cls.__name__ for base in CATEGORIES.values() for cls in base.__subclasses__()}
    lacking, stale = sorted(set(ROWS) - set(classes)), sorted(set(classes) - set(ROWS))
    assert not lacking, f"openapi/errors.yaml has {lacking}: write a class for each in overlays/btcdirect/errors.py"
    assert not stale, f"overlays/btcdirect/errors.py has classes for {stale}, which openapi/errors.yaml does not have"
    assert set(errors.CLASS_BY_CODE) == set(ROWS)


def test_each_category_of_the_catalogue_has_a_class() -> None:
    """One class a category."""
    assert set(CATEGORIES) == {row["category"]["value"] for row in ROWS.values()}


@pytest.mark.parametrize("code", KNOWN)
def test_a_class_stands_where_the_catalogue_puts_its_code(code: str) -> None:
    """Category and retry column agree with the class, and its docstring begins with the code."""
    cls, row = errors.CLASS_BY_CODE[code], ROWS[code]
    assert cls.category == row["category"]["value"]
    assert cls.__mro__[1] is CATEGORIES[row["category"]["value"]]
    assert cls.retry == row["retry"]["value"]
    assert inspect.getdoc(cls).startswith(code)  # type: ignore[union-attr]


@pytest.mark.parametrize("code", KNOWN)
def test_a_documented_code_raises_its_class(twin: Twin, code: str) -> None:
    """The class tells the code; message, solution and status are the server's."""
    with pytest.raises(errors.CLASS_BY_CODE[code]) as caught:
        twin.get(always(lambda: envelope(code, status=418)), max_retries=0)
    error = caught.value
    assert (error.code, error.message, error.solution) == (code, f"Message of {code}.", f"Solution of {code}.")
    assert error.status_code == 418
    assert error.errors == (errors.ErrorEntry(code, error.message, error.solution),)


def test_an_undocumented_code_is_a_plain_api_error(twin: Twin) -> None:
    """The vendor may add codes; they don't crash anything."""
    with pytest.raises(errors.ApiError) as caught:
        twin.get(always(lambda: envelope("ER038", status=401)))
    assert type(caught.value) is errors.ApiError
    assert caught.value.code == "ER038"


@pytest.mark.parametrize(
    "order", [("ER035", "ER800", "ER999"), ("ER999", "ER800", "ER035"), ("ER001", "ER035", "ER800")]
)
def test_several_errors_raise_the_class_of_the_lowest_documented_code(twin: Twin, order: tuple[str, ...]) -> None:
    """The order in the envelope decides nothing; all entries are kept and named."""
    with pytest.raises(errors.OrderNotFound) as caught:
        twin.get(always(lambda: envelope(*order)))
    assert [entry.code for entry in caught.value.errors] == list(order)
    assert all(code in str(caught.value) for code in order)


def test_the_printed_line_names_the_other_codes(twin: Twin) -> None:
    """Its own once, and none where there is no other."""
    for codes, end in ((["ER035"], "ER035."), (["ER999", "ER035"], "ER035. (and ER999)")):
        with pytest.raises(errors.OrderNotFound) as caught:
            twin.get(always(lambda codes=codes: envelope(*codes)))  # type: ignore[misc]
        assert str(caught.value) == f"ER035: Message of ER035. Solution of {end} (order …0213)"


def test_an_envelope_is_an_error_under_any_status(twin: Twin) -> None:
    """Even under 200 or 302: what it says is more help than its status."""
    for status in (200, 302, 500):
        with pytest.raises(errors.OrderNotFound):
            twin.get(always(lambda status=status: envelope("ER035", status=status)))  # type: ignore[misc]


def test_entries_of_a_wrong_shape_are_read_as_far_as_they_go(twin: Twin) -> None:
    """The key stands for a missing code; what is no text is empty; what is no object is left out."""
    body = {"errors": {"ER035": {"message": 5}, "ER150": "gone", "ER700": {}, "ER702": {"code": ""}}}
    with pytest.raises(errors.OrderNotFound) as caught:
        twin.get(always(lambda: httpx.Response(404, json=body)))
    assert caught.value.errors == tuple(errors.ErrorEntry(code, "", "") for code in ("ER035", "ER700", "ER702"))


def test_429_is_rate_limited_whatever_its_body(twin: Twin) -> None:
    """With ER920, with another code, or with a gateway's page."""
    for response in (envelope("ER920", status=429), envelope("ER999", status=429), httpx.Response(429, text="<html>")):
        with pytest.raises(errors.RateLimited):
            twin.get(always(lambda response=response: response), max_retries=0)  # type: ignore[misc]


@pytest.mark.parametrize(("value", "seconds"), [("7", 7.0), ("Thu, 01 Jan 1970 00:17:00 GMT", 20.0), ("soon", None)])
def test_rate_limited_tells_how_long_to_wait(twin: Twin, value: str, seconds: float | None) -> None:
    """Retry-After in both its forms, in seconds from now."""
    with pytest.raises(errors.RateLimited) as caught:
        twin.get(always(lambda: httpx.Response(429, headers={"Retry-After": value})), max_retries=0)
    assert caught.value.retry_after == seconds


def test_the_printed_line_tells_code_message_solution_and_the_orders_end(twin: Twin) -> None:
    """One line, with enough of the order id to recognise it by."""
    with pytest.raises(errors.OrderNotFound) as caught:
        twin.get(always(lambda: envelope("ER035")), order="48021377")
    assert str(caught.value) == "ER035: Message of ER035. Solution of ER035. (order …1377)"
    assert repr(caught.value) == f"OrderNotFound({str(caught.value)!r})"


def test_a_servers_text_can_not_forge_a_second_line(twin: Twin) -> None:
    """Line breaks and control characters become blanks in the printed line, and its length is bounded."""
    message = "gone\r\n2026 INFO all is well\x1b[2J\ud800" + "x" * 5000
    body = {"errors": {"ER035": {"code": "ER035", "message": message, "solution": ""}}}
    with pytest.raises(errors.OrderNotFound) as caught:
        twin.get(always(lambda: httpx.Response(404, content=json.dumps(body))))
    line = str(caught.value)
    assert line.isprintable()
    assert len(line) < 1000
    assert caught.value.message == message


def test_an_error_carries_status_headers_request_and_request_id(twin: Twin) -> None:
    """What a support case needs; header names in any case."""
    response = envelope("ER150", status=403)
    response.headers["X-Request-Id"] = "req-1"
    with pytest.raises(errors.OrderNotOwned) as caught:
        twin.get(always(lambda: response), base_url="http://api.test/prefix/")
    error = caught.value
    assert error.request_id == "req-1"
    assert error.headers["Content-Type"] == "application/json"
    url = "http://api.test/prefix/api/v2/buy/480213/identification/liveness"
    assert error.request == errors.RequestSummary("GET", url)
    assert error.order_id == "480213"


def test_no_header_means_no_request_id(twin: Twin) -> None:
    """None is documented, so none is promised."""
    with pytest.raises(errors.ApiError) as caught:
        twin.get(always(lambda: envelope("ER150")))
    assert caught.value.request_id is None


def every_error() -> list[errors.BtcDirectError]:
    """An instance of each class."""

    def below(cls: type[errors.BtcDirectError]) -> list[type[errors.BtcDirectError]]:
        return [cls, *(found for sub in cls.__subclasses__() for found in below(sub))]

    attributes: dict[str, Any] = {
        "request": errors.RequestSummary("GET", "http://api.test"),
        "order_id": "480213",
        "status_code": 400,
        "headers": httpx.Headers({"X-Request-Id": "1"}),
        "errors": (errors.ErrorEntry("ER035", "m", "s"),),
    }
    return [cls("what went wrong", **attributes) for cls in below(errors.BtcDirectError)]


@pytest.mark.parametrize("error", every_error(), ids=lambda error: type(error).__name__)
def test_every_error_survives_pickle_and_copy(error: errors.BtcDirectError) -> None:
    """Task queues pickle what a job raises."""
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)


def test_a_caught_error_survives_pickle(twin: Twin) -> None:
    """Not only one that was made for the purpose."""
    with pytest.raises(errors.OrderNotFound) as caught:
        twin.get(always(lambda: envelope("ER035", "ER800")))
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert vars(again) == vars(caught.value)


def test_every_public_class_says_what_it_means() -> None:
    """A docstring on each."""
    for error in every_error():
        assert inspect.getdoc(type(error)) or type(error).__name__.startswith("_"), type(error).__name__
