"""Arguments: what they mean, and what is refused with which words."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.client.twins import API_KEY, CHECK, Script, Twin, success

from btcdirect import ApiKey, AsyncClient, Attempt, Client, Environment, RetryPolicy
from btcdirect.redaction import Secret
from btcdirect.request import order_number
from btcdirect.settings import limits_from

CONTRACT = yaml.safe_load((Path(__file__).parents[2] / "openapi" / "openapi.yaml").read_text("utf-8"))
BOTH: list[Any] = [Client, AsyncClient]


async def some_day(_: Attempt) -> None:
    """An observer that nobody awaits."""


def test_the_environments_are_the_contracts_servers() -> None:
    """In its order."""
    assert [environment.value for environment in Environment] == [server["url"] for server in CONTRACT["servers"]]


def asked_host(twin: Twin, **options: Any) -> str:
    """The host that a call goes to."""
    script = Script(httpx.Response(200, json=CHECK))
    twin.get(script, **options)
    return script.requests[0].url.host


def test_where_a_call_goes(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The argument, else the variable, else production."""
    assert asked_host(twin) == "api.btcdirect.eu"
    monkeypatch.setenv("BTCDIRECT_BASE_URL", "http://variable.test")
    assert asked_host(twin) == "variable.test"
    assert asked_host(twin, environment=Environment.SANDBOX) == "api-sandbox.btcdirect.eu"
    assert asked_host(twin, base_url="http://argument.test/") == "argument.test"


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("api.test", "must start with https:// or http://"),
        ("ftp://api.test", "must start with https:// or http://"),
        ("http://", "name a host"),
        ("http://u:p@api.test", "no username"),
        ("http://api.test?a=1", "no username, query or fragment"),
        ("http://api.test#a", "no username, query or fragment"),
        ("http://a:port", "is no URL"),
        ("http://a\nb", "is no URL"),
        ("http://xn--0.test", "is no URL"),
    ],
)
@pytest.mark.parametrize("cls", BOTH)
def test_a_base_url_that_is_none_is_refused(cls: Any, base_url: str, words: str) -> None:
    """At construction, in words."""
    with pytest.raises(ValueError, match=words):
        cls(ApiKey(API_KEY), base_url=base_url)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"environment": Environment.SANDBOX, "base_url": "http://a"}, "environment or base_url, not both"),
        ({"base_url": 5}, "base_url must be a str, not int"),
        ({"timeout": "5"}, "timeout must be seconds, not str"),
        ({"timeout": True}, "timeout must be seconds, not bool"),
        ({"deadline": "5"}, "deadline must be seconds"),
        ({"max_retries": 1, "retry": RetryPolicy()}, "max_retries or retry, not both"),
        ({"max_retries": 1.5}, "max_retries must be a number"),
        ({"retry": 5}, "retry must be a RetryPolicy, not int: for a number of retries give max_retries"),
        ({"retry": {"max_retries": 5}}, "retry must be a RetryPolicy, not dict"),
        ({"on_attempt": "print"}, "on_attempt must be a function, not str"),
        ({"on_attempt": some_day}, "on_attempt must be a plain function, not an async one"),
        ({"max_connections": "5"}, "max_connections must be an int"),
        ({"verify": 5}, "verify must be a bool, a path or an ssl.SSLContext"),
        ({"cert": 5}, "cert must be a path or a tuple of paths, not int"),
        ({"cert": b"/client.pem"}, "cert must be a path or a tuple of paths, not bytes"),
        ({"cert": {"/client.pem": "/key.pem"}}, "cert must be a path or a tuple of paths, not dict"),
        ({"cert": ("/client.pem", 5)}, "cert must be a path or a tuple of paths, not tuple"),
        ({"cert": ()}, "cert must be a path or a tuple of paths, not tuple"),
        ({"proxy": 5}, r"proxy must be a URL or an httpx\.Proxy, not int"),
        ({"proxy": b"http://u:hidden@p"}, r"proxy must be a URL or an httpx\.Proxy, not bytes"),
        ({"proxy": {"https://": "http://u:hidden@p"}}, r"proxy must be a URL or an httpx\.Proxy, not dict"),
        ({"http_client": "http://a"}, "http_client must be an httpx"),
        ({"http_client": httpx.MockTransport(success), "http2": True}, "http2 has no effect beside http_client"),
        ({"http_client": httpx.MockTransport(success), "verify": "/ca.pem"}, "verify has no effect beside http_client"),
        ({"http_client": httpx.MockTransport(success), "proxy": "http://p"}, "proxy has no effect beside http_client"),
    ],
)
@pytest.mark.parametrize("cls", BOTH)
def test_a_wrong_type_or_two_that_exclude_each_other_are_refused(cls: Any, options: Any, words: str) -> None:
    """With a TypeError that says which, and not what: a proxy has a password."""
    with pytest.raises(TypeError, match=words) as caught:
        cls(ApiKey(API_KEY), **options)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timeout": 0}, "timeout must be a positive, finite"),
        ({"timeout": float("inf")}, "timeout must be a positive, finite"),
        ({"timeout": httpx.Timeout(-1)}, "timeout must be a positive, finite"),
        ({"deadline": float("nan")}, "deadline must be a positive, finite"),
        ({"max_retries": -1}, "max_retries must not be negative"),
        ({"max_connections": 0}, "max_connections must be at least 1"),
        ({"environment": "staging"}, "staging"),
        ({"verify": "/nowhere/ca.pem"}, "verify or cert can't be loaded"),
        ({"cert": "/nowhere/client.pem"}, "verify or cert can't be loaded"),
        ({"proxy": "http://a:port"}, "the proxy is no"),
    ],
)
@pytest.mark.parametrize("cls", BOTH)
def test_a_value_that_can_not_work_is_refused(cls: Any, options: Any, words: str) -> None:
    """With a ValueError that says which."""
    with pytest.raises(ValueError, match=words):
        cls(ApiKey(API_KEY), **options)


def test_the_other_clients_httpx_client_is_refused() -> None:
    """A blocking one does not await."""
    with pytest.raises(TypeError, match=r"must be an httpx\.AsyncClient"):
        AsyncClient(ApiKey(API_KEY), http_client=httpx.Client())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"must be an httpx\.Client"):
        Client(ApiKey(API_KEY), http_client=httpx.AsyncClient())  # type: ignore[arg-type]


def test_limits_by_default_are_finite() -> None:
    """Ten seconds a request, thirty a call."""
    limits = limits_from(None, None)
    assert (limits.attempt, limits.call) == (10.0, 30.0)
    assert limits.steps(4.0) == {"connect": 4.0, "read": 4.0, "write": 4.0, "pool": 4.0}


def test_seconds_bound_the_request_and_the_call() -> None:
    """Unless a deadline gives the call more."""
    assert limits_from(5, None)[:2] == (5.0, 5.0)
    assert limits_from(5, 20)[:2] == (5.0, 20.0)


def test_an_httpx_timeout_limits_the_steps_and_no_step_is_endless() -> None:
    """None stands for the call's limit, which grows with the longest step."""
    limits = limits_from(httpx.Timeout(2, read=60, pool=None), None)
    assert limits == (60.0, 60.0, 2.0, 60.0, 2.0, 60.0)
    assert limits_from(httpx.Timeout(2), None).call == 30.0
    assert limits_from(httpx.Timeout(None), None) == (30.0,) * 6
    assert limits_from(httpx.Timeout(None), 7).steps(9) == {"connect": 7, "read": 7, "write": 7, "pool": 7}


@pytest.mark.parametrize("order", ["480213", 480213, "0", 0, "007", "9" * 1000])
def test_an_order_id_of_ascii_digits_goes_out_as_it_is(twin: Twin, order: Any) -> None:
    """As a str or an int."""
    script = Script(httpx.Response(200, json=CHECK))
    twin.get(script, order=order)
    assert script.requests[0].url.path.split("/")[4] == str(order)


@pytest.mark.parametrize(
    "order",
    [
        "",
        " ",
        "12abc",
        "0x1f",
        "1e3",
        "+5",
        "-5",
        -5,
        "1.0",
        " 1",
        "1\n",
        "١٢",
        "²",
        "1/2",
        "..",
        "%31",
        "1\x00",
        "9" * 1001,
        10**1000,
        pytest.param(10**9000, id="too long to print"),
        pytest.param(-(10**9000), id="too long to print, below zero"),
    ],
)
def test_what_is_no_number_never_leaves(twin: Twin, order: Any) -> None:
    """A ValueError in words, and no request."""
    script = Script()
    with pytest.raises(ValueError, match="an order id"):
        twin.get(script, order=order)
    with pytest.raises(ValueError, match="an order id"):
        twin.run(lambda client: client.as_user("t").wait_for_liveness(order), script)


@pytest.mark.parametrize("order", [None, True, 5.0, b"5", ["5"]])
def test_what_is_no_id_at_all_never_leaves(twin: Twin, order: Any) -> None:
    """A bool is no int."""
    with pytest.raises(TypeError, match="an order id is a str or an int, not"):
        twin.get(Script(), order=order)


def test_a_str_that_prints_otherwise_is_its_value() -> None:
    """An id may be a member of an enum, or concealed."""
    assert order_number(Secret("480213")) == "480213"
    assert type(order_number(Secret("480213"))) is str


@given(st.text())
def test_any_text_is_digits_or_refused(text: str) -> None:
    """ASCII digits, that is."""
    if text and len(text) <= 1000 and set(text) <= set("0123456789"):
        assert order_number(text) == text
    else:
        with pytest.raises(ValueError, match="an order id"):
            order_number(text)


def test_the_limit_of_one_call_is_its_own(twin: Twin) -> None:
    """Below the client's."""
    limits = []

    def handler(request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, content=json.dumps(CHECK))

    twin.run(lambda client: client.as_user("t").get_liveness(1, timeout=3), handler)
    assert limits == [3.0]


@pytest.mark.parametrize("cls", BOTH)
def test_a_client_prints_where_it_goes(cls: Any) -> None:
    """And nothing else."""
    assert repr(cls(ApiKey(API_KEY), base_url="http://a.test/")) == f"{cls.__name__}(base_url='http://a.test')"
