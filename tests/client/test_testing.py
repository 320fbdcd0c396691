"""The fake API that users test their own code with."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from btcdirect._texts import TEXTS
from btcdirect.testing import Answer, Check, Failure, FakeApi

CATALOGUE = yaml.safe_load((Path(__file__).parents[2] / "openapi" / "errors.yaml").read_text("utf-8"))
BASE = "http://fake.test/api/v2/buy/"
KEY = {"X-Api-Key": "fake-api-key"}
TOKEN = {"Authorization": "Bearer fake-client-token"}
USER = {"User-Authorization": "Bearer fake-user-token"}


@pytest.fixture
def api() -> FakeApi:
    """A fake with an order of its user's and one of somebody else's."""
    api = FakeApi()
    api.add_order("480213")
    api.add_order("480377", user_token="somebody else's")
    return api


def ask(
    api: FakeApi, order_id: str = "480213", headers: dict[str, str] | None = None, **options: Any
) -> httpx.Response:
    """Send one request to the endpoint, the right credentials unless told otherwise."""
    with httpx.Client(transport=api) as client:
        method = options.get("method", "GET")
        return client.request(
            method, f"{BASE}{order_id}/identification/liveness", headers={**KEY, **USER} if headers is None else headers
        )


def codes(response: httpx.Response) -> list[str]:
    """The codes of an envelope."""
    return list(response.json()["errors"])


def test_its_texts_are_the_catalogues() -> None:
    """Every text of the catalogue stands in the code, to the letter, and no other."""
    rows = CATALOGUE["errors"] + CATALOGUE["elsewhere"]
    texts = {row["code"]: (row["message"]["value"], row["solution"]["value"]) for row in rows}
    differing = sorted(code for code in texts.keys() | TEXTS.keys() if texts.get(code) != TEXTS.get(code))
    assert not differing, f"overlays/btcdirect/_texts.py is to say of {differing} what openapi/errors.yaml says"


@pytest.mark.parametrize(
    "client",
    [KEY, TOKEN, {"Authorization": "bearer fake-client-token"}, {"Authorization": ""} | KEY],
    ids=["key", "token", "lower", "beside-empty"],
)
def test_a_right_request_gets_the_check(api: FakeApi, client: dict[str, str]) -> None:
    """Either client authorization together with the owner's user token gets the order's liveness check."""
    response = ask(api, headers={**client, **USER})
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    assert response.json() == {
        "name": "liveness",
        "type": None,
        "status": "pending",
        "data": {"accessToken": "access-token-of-480213"},
    }


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "ER802"),
        (USER, "ER802"),
        ({"Authorization": ""} | USER, "ER802"),
        ({"Authorization": "Bearer "} | USER, "ER802"),
        ({"Authorization": "Bearer wrong"} | USER, "ER800"),
        ({"Authorization": "Basic fake-client-token"} | USER, "ER800"),
        ({"Authorization": "Bearer fake-user-token"} | USER, "ER800"),
        ({"Authorization": "Bearer Fake-Client-Token"} | USER, "ER800"),
        ({"X-Api-Key": "wrong"} | USER, "ER805"),
        ({"X-Api-Key": ""} | USER, "ER806"),
        (KEY | TOKEN | USER, "ER803"),
        (KEY | {"Authorization": "Bearer wrong"} | USER, "ER803"),
        (KEY, "ER700"),
        (KEY | {"User-Authorization": ""}, "ER700"),
        (KEY | {"User-Authorization": "Bearer"}, "ER700"),
        (KEY | {"User-Authorization": "Bearer wrong"}, "ER702"),
        (KEY | {"User-Authorization": "Bearer fake-client-token"}, "ER702"),
        (KEY | {"User-Authorization": "fake-user-token"}, "ER702"),
    ],
)
def test_wrong_credentials_get_their_code(api: FakeApi, headers: dict[str, str], code: str) -> None:
    """Each fault of either authorization is answered with its own code."""
    response = ask(api, headers=headers)
    assert (response.status_code, codes(response)) == (400, [code])


@pytest.mark.parametrize(
    ("order_id", "code"),
    [
        ("480377", "ER150"),
        ("99120045", "ER035"),
        ("9" * 5000, "ER035"),
        ("", "ER033"),
        ("480213abc", "ER034"),
        ("0x75355", "ER034"),
        ("4.8e5", "ER034"),
        ("-480213", "ER034"),
        ("%20480213", "ER034"),
        ("480213%0A", "ER034"),
        ("480213%00", "ER034"),
        ("%D9%A4%D9%A8", "ER034"),
        ("%FF", "ER034"),
        ("480213%2F1", "ER034"),
    ],
)
def test_a_wrong_order_gets_its_code(api: FakeApi, order_id: str, code: str) -> None:
    """Absent, no number, unknown and somebody else's are told apart."""
    assert codes(ask(api, order_id)) == [code]


def test_a_percent_encoded_digit_is_the_digit(api: FakeApi) -> None:
    """The id is decoded before it is judged (RFC 3986, section 6.2.2.2)."""
    assert ask(api, "%34%380213").status_code == 200


def test_other_paths_and_methods_are_not_the_endpoint(api: FakeApi) -> None:
    """The endpoint has one path and one method."""
    with httpx.Client(transport=api) as client:
        assert client.get("http://fake.test/api/v2/buy/identification/liveness").status_code == 404
    response = ask(api, method="POST")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET")


def test_a_replaced_client_token_has_expired(api: FakeApi) -> None:
    """The old token gets ER801, the new one a check, and a token can come back."""
    api.replace_client_token("second")
    assert codes(ask(api, headers=TOKEN | USER)) == ["ER801"]
    assert ask(api, headers={"Authorization": "Bearer second"} | USER).status_code == 200
    api.replace_client_token("fake-client-token")
    assert ask(api, headers=TOKEN | USER).status_code == 200


def test_a_revoked_user_token_is_invalid(api: FakeApi) -> None:
    """A user can log out and in again."""
    api.revoke_user(api.user_token)
    assert codes(ask(api)) == ["ER702"]
    api.add_user(api.user_token)
    assert ask(api).status_code == 200


def log_in(api: FakeApi, path: str, content: str) -> httpx.Response:
    """Ask for a client token."""
    with httpx.Client(transport=api) as client:
        return client.post(f"http://fake.test/api/v1/{path}", content=content)


def test_the_partner_can_log_in(api: FakeApi) -> None:
    """A username and password, and later the refresh token, give the client token that is valid."""
    first = log_in(api, "authenticate", '{"username": "fake-username", "password": "fake-password"}').json()
    assert ask(api, headers={"Authorization": f"Bearer {first['token']}"} | USER).status_code == 200
    api.replace_client_token("second")
    second = log_in(api, "refresh", f'{{"refreshToken": "{first["refreshToken"]}"}}').json()
    assert ask(api, headers={"Authorization": f"Bearer {second['token']}"} | USER).status_code == 200


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("authenticate", '{"username": "fake-username", "password": "wrong"}'),
        ("authenticate", '{"refreshToken": "fake-refresh-token"}'),
        ("refresh", '{"refreshToken": "wrong"}'),
        ("refresh", "no JSON"),
    ],
)
def test_bad_credentials_log_nobody_in(api: FakeApi, path: str, content: str) -> None:
    """The code and the message are those of the vendor's general documentation."""
    response = log_in(api, path, content)
    assert (codes(response), response.json()["errors"]["ER038"]["message"]) == (["ER038"], "Bad credentials.")


def test_a_script_goes_on_by_requests_of_the_owner_and_repeats_its_end(api: FakeApi) -> None:
    """Only a request that is the owner's takes a step; the last step stays."""
    api.add_order(7, "pending", Check("approved", name="selfie", type="video"))
    ask(api, "7", headers=KEY)
    answers = [ask(api, "7").json() for _ in range(3)]
    assert [answer["status"] for answer in answers] == ["pending", "approved", "approved"]
    assert answers[1] == {"name": "selfie", "type": "video", "status": "approved"}


def test_a_script_can_be_replaced(api: FakeApi) -> None:
    """The order that `add_order` returns takes another script at any time."""
    order = api.add_order("7", "pending")
    order.script("approved")
    assert ask(api, "7").json()["status"] == "approved"
    with pytest.raises(ValueError, match="at least one step"):
        order.script()


def test_a_script_holds_failures_raw_answers_and_network_faults(api: FakeApi) -> None:
    """What an order comes to is any mixture of steps."""
    page = Answer(502, b"<html>", headers={"Content-Type": "text/html"})
    api.add_order(
        "7", Failure(["ER999", "ER035"]), page, Answer(200, {"status": 1}), httpx.ReadTimeout, httpx.ReadError("reset")
    )
    first = ask(api, "7")
    assert (first.status_code, codes(first)) == (500, ["ER999", "ER035"])
    second = ask(api, "7")
    assert (second.status_code, second.content, second.headers["Content-Type"]) == (502, b"<html>", "text/html")
    assert ask(api, "7").json() == {"status": 1}
    with pytest.raises(httpx.ReadTimeout) as timeout:
        ask(api, "7")
    assert timeout.value.request.url.path.endswith("/7/identification/liveness")
    for _ in range(2):
        with pytest.raises(httpx.ReadError, match="reset"):
            ask(api, "7")


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_documented_code_can_be_injected(api: FakeApi, code: str) -> None:
    """An injected failure is the catalogue's entry, whoever asks what, and happens once."""
    api.inject(Failure(code, headers={"Retry-After": "3"}))
    response = ask(api, "anything", headers={})
    assert response.status_code == {"ER999": 500, "ER920": 429}.get(code, 400)
    assert response.headers["Retry-After"] == "3"
    message, solution = TEXTS[code]
    assert response.json() == {"errors": {code: {"code": code, "message": message, "solution": solution}}}
    assert ask(api).status_code == 200


def test_the_status_of_a_failure_can_be_chosen(api: FakeApi) -> None:
    """The documents leave the status open, so a test can try another."""
    api.inject(Failure("ER035", status_code=404))
    assert ask(api).status_code == 404


@pytest.mark.parametrize("wrong", ["ER000", ["ER035", "ER000"], []])
def test_a_failure_takes_documented_codes_only(wrong: str | list[str]) -> None:
    """A misspelt code is told at once, with the way to send it all the same."""
    with pytest.raises(ValueError, match="use Answer"):
        Failure(wrong)


@pytest.mark.parametrize("wrong", [5, None, b"ER035", [["ER035"]], [5]], ids=repr)
def test_codes_are_strs(wrong: Any) -> None:
    """Bytes hold ints."""
    with pytest.raises(TypeError, match="codes are a str or several"):
        Failure(wrong)


@pytest.mark.parametrize(
    "wrong",
    [["pending", "approved"], ("pending",), b"pending", True, None, {"status": "x"}, ValueError, httpx.Response],
)
@pytest.mark.parametrize(
    "give",
    [
        lambda api, step: api.add_order(7, step),
        lambda api, step: api.add_order(7).script("pending", step),
        lambda api, step: api.inject(step),
        lambda api, step: api.outage(step).__enter__(),
    ],
    ids=["add_order", "script", "inject", "outage"],
)
def test_what_is_no_step_is_told_where_it_is_given(
    api: FakeApi, give: Callable[[FakeApi, Any], object], wrong: Any
) -> None:
    """A list of steps would be one step, and a client would tell of a lost connection."""
    with pytest.raises(TypeError, match=r"a step is a status.*, not \w+: give several one after the other"):
        give(api, wrong)
    assert ask(api).json()["status"] == "pending"


def test_injected_steps_come_one_a_request(api: FakeApi) -> None:
    """Several steps wait in line, and a string is a check."""
    api.inject(httpx.ConnectError, "refused")
    with pytest.raises(httpx.ConnectError, match="injected"):
        ask(api)
    assert ask(api).json()["status"] == "refused"
    assert ask(api).json()["status"] == "pending"


def test_an_outage_lasts_as_long_as_its_block(api: FakeApi) -> None:
    """Every request within comes to the same, also when the block raises."""
    with contextlib.suppress(httpx.ConnectError), api.outage(Answer(503)):
        assert [ask(api).status_code for _ in range(3)] == [503] * 3
        raise httpx.ConnectError("a test that fails")
    assert ask(api).status_code == 200


def test_an_order_id_is_a_number(api: FakeApi) -> None:
    """An order that no request could name is refused."""
    with pytest.raises(ValueError, match="number"):
        api.add_order("48x")


def test_requests_can_be_looked_at(api: FakeApi) -> None:
    """What was asked, with whose tokens, and what came of it."""
    ask(api)
    ask(api, "1%2F2", headers=TOKEN | USER)
    api.inject(httpx.ReadTimeout)
    with pytest.raises(httpx.ReadTimeout):
        ask(api, headers={})
    with httpx.Client(transport=api) as client:
        client.get("http://fake.test/other?q=1")
    first, second, third, fourth = api.requests
    assert (first.method, first.order_id, first.outcome) == ("GET", "480213", 200)
    assert (first.api_key, first.client_token, first.user_token) == ("fake-api-key", None, "fake-user-token")
    assert (second.path, second.order_id) == ("/api/v2/buy/1%2F2/identification/liveness", "1/2")
    assert (second.api_key, second.client_token) == (None, "fake-client-token")
    assert (third.outcome, third.user_token) == ("ReadTimeout", None)
    assert (fourth.path, fourth.order_id, fourth.outcome) == ("/other", None, 404)


def test_no_repr_shows_a_token() -> None:
    """A fake can be given real tokens, and pytest prints reprs."""
    api = FakeApi(api_key="canary-1", client_token="canary-2", user_token="canary-3")
    order = api.add_order("480213", Check("pending", access_token="canary-4"))
    order.access_token = "canary-5"
    ask(api, headers={"X-Api-Key": "canary-1", "User-Authorization": "Bearer canary-3"})
    answer = Answer(200, {"data": {"accessToken": "canary-6"}}, headers={"X": "canary-7"})
    shown = repr((api, order, order.next_step(), api.requests, answer))
    assert "canary" not in shown
    assert "480213" in shown


async def test_it_serves_async_clients() -> None:
    """The same fake is a transport of both clients, and closing a client leaves it as it is."""
    api = FakeApi()
    api.add_order("480213")
    for _ in range(2):
        async with httpx.AsyncClient(transport=api) as client:
            url = f"{BASE}480213/identification/liveness"
            responses = await asyncio.gather(*(client.get(url, headers=KEY | USER) for _ in range(5)))
        assert {response.status_code for response in responses} == {200}
    assert len(api.requests) == 10


def test_it_is_safe_between_threads(api: FakeApi) -> None:
    """A script loses and repeats no step when threads ask at once."""
    api.add_order("7", *(str(number) for number in range(200)))
    with ThreadPoolExecutor(8) as pool:
        statuses = pool.map(lambda _: ask(api, "7").json()["status"], range(200))
    assert sorted(map(int, statuses)) == list(range(200))
