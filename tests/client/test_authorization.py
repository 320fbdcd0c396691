"""Exactly one client authorization and one user travel with a request, and nothing else does."""

import base64
from collections.abc import Callable, Generator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.client.twins import API_KEY, CHECK, USER_TOKEN, Script, Twin, envelope, success

from btcdirect import ApiKey, AsyncClient, Client, ClientToken, errors
from btcdirect.auth import fits_header
from btcdirect.redaction import Secret
from btcdirect.request import Requests

OK = {"status_code": 200, "json": CHECK}


def sent(twin: Twin, **options: Any) -> httpx.Request:
    """The request that a call sends."""
    script = Script(httpx.Response(**OK))
    twin.get(script, **options)
    return script.requests[0]


def test_an_api_key_travels_in_its_header_beside_the_user_token(twin: Twin) -> None:
    """X-Api-Key and User-Authorization; no Authorization."""
    headers = sent(twin).headers
    assert headers["X-Api-Key"] == API_KEY
    assert headers["User-Authorization"] == f"Bearer {USER_TOKEN}"
    assert "Authorization" not in headers


def test_a_client_token_travels_as_a_bearer_token(twin: Twin) -> None:
    """Authorization and User-Authorization; no X-Api-Key."""
    headers = sent(twin, authorization=ClientToken("client-token")).headers
    assert headers["Authorization"] == "Bearer client-token"
    assert "X-Api-Key" not in headers


def test_the_request_is_a_get_of_the_documented_path(twin: Twin) -> None:
    """With the headers that every request needs, since no httpx client adds them."""
    request = sent(twin, base_url="https://api.test:8443/v/")
    assert request.method == "GET"
    assert str(request.url) == "https://api.test:8443/v/api/v2/buy/480213/identification/liveness"
    assert request.headers["Host"] == "api.test:8443"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Accept-Encoding"] == "identity"
    assert request.headers["User-Agent"].startswith("btcdirect-client/")
    assert request.content == b""


def test_two_methods_are_refused_at_construction() -> None:
    """So ER803 can't happen."""
    for cls in (Client, AsyncClient):
        with pytest.raises(TypeError):
            cls(ApiKey("a"), ClientToken("b"))  # type: ignore[misc]
        with pytest.raises(TypeError, match="not str: Client\\(ApiKey"):
            cls("a-secret-key")  # type: ignore[arg-type]


def test_two_methods_in_the_environment_are_refused(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same mistake, made elsewhere."""
    monkeypatch.setenv("BTCDIRECT_API_KEY", "a")
    monkeypatch.setenv("BTCDIRECT_CLIENT_TOKEN", "b")
    for cls in (Client, AsyncClient):
        with pytest.raises(TypeError, match="BTCDIRECT_API_KEY and BTCDIRECT_CLIENT_TOKEN are both set"):
            cls()
    assert sent(twin).headers["X-Api-Key"] == API_KEY


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is in a shell and in a compose file."""
    for name in ("BTCDIRECT_API_KEY", "BTCDIRECT_CLIENT_TOKEN", "BTCDIRECT_USER_TOKEN", "BTCDIRECT_BASE_URL"):
        monkeypatch.setenv(name, "")
    with pytest.raises(TypeError, match="no authorization"):
        Client()
    monkeypatch.setenv("BTCDIRECT_API_KEY", "the-key")
    with Client() as client, pytest.raises(TypeError, match="no user token"):
        client.as_user()


@given(st.characters())
def test_a_header_carries_visible_ascii_alone(char: str) -> None:
    """From ``!`` to ``~`` (RFC 9110, section 5.5), without the blank: no token has one."""
    assert fits_header(f"a{char}b") is ("!" <= char <= "~")


def test_the_ends_of_visible_ascii() -> None:
    """Chance may not find them."""
    assert [fits_header(char) for char in " !~\x7f"] == [False, True, True, False]


def test_a_token_of_one_call_is_not_left_for_the_next() -> None:
    """Tokens come and go beside a user's own headers, which all calls share."""
    requests = Requests("http://a.test")
    user = requests.credentials(None, Secret("the-user"))
    with_token = user.with_client_token(Secret("the-token"))
    assert with_token.headers["Authorization"] == "Bearer the-token"
    assert with_token.secrets == ("the-user", "the-token")
    assert "Authorization" not in user.headers


def test_the_url_of_an_order_is_parsed_once() -> None:
    """Who polls asks for the same few again."""
    requests = Requests("http://a.test")
    assert requests.liveness_url("480213") is requests.liveness_url("480213")


def test_no_method_is_refused_with_what_to_do() -> None:
    """The text names both ways out."""
    with pytest.raises(TypeError, match=r"ApiKey\('…'\) or ClientToken\('…'\), or set BTCDIRECT_API_KEY"):
        Client()


@pytest.mark.parametrize(
    ("variable", "header", "value"),
    [
        ("BTCDIRECT_API_KEY", "X-Api-Key", "from-env"),
        ("BTCDIRECT_CLIENT_TOKEN", "Authorization", "Bearer from-env"),
    ],
)
def test_the_environment_serves_as_default(
    monkeypatch: pytest.MonkeyPatch, variable: str, header: str, value: str
) -> None:
    """Both credentials and the base URL."""
    monkeypatch.setenv(variable, "from-env")
    monkeypatch.setenv("BTCDIRECT_USER_TOKEN", "user-from-env")
    monkeypatch.setenv("BTCDIRECT_BASE_URL", "http://env.test")
    script = Script(httpx.Response(**OK))
    with Client(http_client=httpx.MockTransport(script)) as client:
        client.as_user().get_liveness(1)
    request = script.requests[0]
    assert request.headers[header] == value
    assert request.headers["User-Authorization"] == "Bearer user-from-env"
    assert request.url.host == "env.test"


def test_a_missing_user_token_is_refused_with_what_to_do(twin: Twin) -> None:
    """Before anything is sent."""
    with pytest.raises(TypeError, match="BTCDIRECT_USER_TOKEN"):
        twin.run(lambda client: client.as_user())


BAD_SECRETS: list[Any] = [
    *("", " ", "zz qq", "zzqq\n", "zzqq\r\nX-Evil: 1", "zzqq\x00", "zzqqé", "Bearer zzqq"),
    *(None, b"zzqq", 5),
]


@pytest.mark.parametrize("bad", BAD_SECRETS, ids=repr)
@pytest.mark.parametrize("make", [ApiKey, ClientToken, lambda bad: Client(ApiKey("a")).as_user(bad)])
def test_a_secret_that_can_not_travel_is_refused_without_printing_it(make: Callable[[Any], object], bad: Any) -> None:
    """A header carries visible ASCII only; the text says what is wrong but not the value."""
    with pytest.raises((TypeError, ValueError)) as caught:
        make(bad)
    assert "zz" not in str(caught.value)


def test_a_token_with_its_scheme_is_refused_with_the_remedy() -> None:
    """A common slip."""
    with pytest.raises(ValueError, match="give it without 'Bearer'"):
        ClientToken("Bearer abc")


def test_a_function_is_asked_at_each_call(twin: Twin) -> None:
    """It can hand out the newest token."""
    tokens = iter(["first", "second"])
    script = Script(httpx.Response(**OK), httpx.Response(**OK))

    def twice(client: Any) -> Any:
        user = client.as_user(USER_TOKEN)
        first = user.get_liveness(1)
        if not twin.is_async:
            return user.get_liveness(1)

        async def both() -> None:
            await first
            await user.get_liveness(1)

        return both()

    twin.run(twice, script, authorization=ClientToken(lambda: next(tokens)))
    assert [r.headers["Authorization"] for r in script.requests] == ["Bearer first", "Bearer second"]


def test_an_async_function_serves_the_async_client() -> None:
    """And the blocking one refuses it in words."""

    async def token() -> str:
        return "awaited"

    script = Script(httpx.Response(**OK))
    blocking, awaiting = Twin("sync", is_async=False), Twin("async", is_async=True)
    awaiting.get(script, authorization=ClientToken(token))
    assert script.requests[0].headers["Authorization"] == "Bearer awaited"
    with pytest.raises(TypeError, match="needs an AsyncClient"):
        blocking.get(success, authorization=ClientToken(token))


def test_an_awaitable_of_another_kind_is_refused_by_the_blocking_client() -> None:
    """Whatever it is, nobody here can await it."""

    class Later:
        def __await__(self) -> Generator[None, None, str]:
            yield
            return "token"

    with pytest.raises(TypeError, match="needs an AsyncClient"):
        Twin("sync", is_async=False).get(success, authorization=ClientToken(Later))  # type: ignore[arg-type]


def test_a_function_is_asked_once_more_after_an_expired_token(twin: Twin) -> None:
    """ER801 with a function at hand costs one more request, not an error."""
    tokens = iter(["old", "new"])
    script = Script(envelope("ER801"), httpx.Response(**OK))
    twin.get(script, authorization=ClientToken(lambda: next(tokens)))
    assert [r.headers["Authorization"] for r in script.requests] == ["Bearer old", "Bearer new"]


def test_an_expired_token_is_replaced_once_only(twin: Twin) -> None:
    """A server that calls every token expired is believed the second time."""
    tokens = iter("abc")
    script = Script(envelope("ER801"), envelope("ER801"))
    with pytest.raises(errors.ClientTokenExpired):
        twin.get(script, authorization=ClientToken(lambda: next(tokens)))
    assert len(script.requests) == 2


@pytest.mark.parametrize("token", ["same", lambda: "same"])
def test_the_same_expired_token_is_not_sent_again(twin: Twin, token: Any) -> None:
    """Nothing has changed, so the error is the answer."""
    script = Script(envelope("ER801"))
    with pytest.raises(errors.ClientTokenExpired):
        twin.get(script, authorization=ClientToken(token))


def test_a_functions_own_exception_reaches_the_caller(twin: Twin) -> None:
    """It is the user's code; nothing hides its errors. StopIteration, too, ends no generator of ours."""
    for kind in (KeyError, StopIteration if not twin.is_async else OSError):

        def token(kind: type[Exception] = kind) -> str:
            raise kind("vault")

        with pytest.raises(kind):
            twin.get(success, authorization=ClientToken(token))


def test_a_functions_bad_token_is_an_argument_error(twin: Twin) -> None:
    """Like one that was given directly."""
    with pytest.raises(ValueError, match="the client token that the function gave"):
        twin.get(success, authorization=ClientToken(lambda: "to\nken"))
    with pytest.raises(TypeError, match="must be a str, not int"):
        twin.get(success, authorization=ClientToken(lambda: 5))  # type: ignore[arg-type,return-value]


def own_client(twin: Twin, handler: Any, **options: Any) -> Any:
    """A user's httpx client with habits of its own."""
    kind: Any = httpx.AsyncClient if twin.is_async else httpx.Client
    return kind(transport=httpx.MockTransport(handler), **options)


def test_nothing_of_the_users_own_client_travels_along(twin: Twin) -> None:
    """Its auth would be a second method (ER803), its cookies and headers somebody else's."""
    script = Script(httpx.Response(**OK))
    client = own_client(
        twin,
        script,
        auth=("user", "password"),
        headers={"X-Api-Key": "other", "Authorization": "Bearer other", "User-Authorization": "Bearer other"},
        cookies={"session": "other"},
        params={"q": "other"},
    )
    twin.get(http_client=client, authorization=ApiKey(API_KEY))
    request = script.requests[0]
    assert "Authorization" not in request.headers
    assert "Cookie" not in request.headers
    assert request.headers["X-Api-Key"] == API_KEY
    assert request.headers["User-Authorization"] == f"Bearer {USER_TOKEN}"
    assert request.url.query == b""


def test_a_redirect_is_never_followed_even_by_a_client_that_follows(twin: Twin) -> None:
    """Credentials go to the base URL's host alone."""
    script = Script(httpx.Response(307, headers={"Location": "http://other.test/"}))
    client = own_client(twin, script, follow_redirects=True)
    with pytest.raises(errors.InvalidResponse, match="HTTP 307: a redirect, which is never followed"):
        twin.get(http_client=client)
    assert len(script.requests) == 1


def test_a_cookie_of_one_answer_does_not_travel_with_the_next_request(twin: Twin) -> None:
    """A session of one user must not become the other's."""
    script = Script(httpx.Response(headers={"Set-Cookie": "session=a"}, **OK), httpx.Response(**OK))
    client = own_client(twin, script)
    twin.get(http_client=client)
    twin.get(http_client=client)
    assert "Cookie" not in script.requests[1].headers


def test_basic_credentials_in_the_base_url_are_refused() -> None:
    """They would be a second method, and would stand in every URL that is printed."""
    encoded = base64.b64encode(b"u:p").decode()
    with pytest.raises(ValueError, match="no username") as caught:
        Client(ApiKey("a"), base_url="http://u:p@api.test")
    assert encoded not in str(caught.value)
