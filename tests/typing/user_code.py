"""Code as a user of the package writes it. It is checked by mypy and pyright, strictly, and never run.

A line that must not pass carries an ignore comment; the checkers are told to complain about a superfluous one.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Mapping
from typing import Any, assert_type

import httpx

from btcdirect import (
    ApiKey,
    AsyncClient,
    AsyncUser,
    Attempt,
    Client,
    ClientCredentials,
    ClientToken,
    Environment,
    LivenessCheck,
    Polling,
    RetryPolicy,
    User,
    errors,
)


def blocking() -> None:
    """The blocking client."""
    with Client(ApiKey("key"), environment=Environment.SANDBOX, timeout=5, max_retries=0) as client:
        assert_type(client, Client)
        user = client.as_user("user token")
        assert_type(user, User)
        check = user.get_liveness("480213")
        assert_type(check, LivenessCheck)
        user.get_liveness(480213, timeout=2.5)
        assert_type(user.wait_for_liveness("480213", until="approved", timeout=60, poll=1.0), LivenessCheck)
        user.wait_for_liveness(1, until={"approved", "rejected"}, poll=Polling(initial=1, maximum=9))
        user.wait_for_liveness(1, until=lambda check: check.status == "approved", on_change=print)


async def awaiting() -> None:
    """The awaiting client."""
    async with AsyncClient(ClientToken("token"), base_url="http://127.0.0.1:8080", backend="aiohttp") as client:
        assert_type(client, AsyncClient)
        user = client.as_user("user token")
        assert_type(user, AsyncUser)
        assert_type(await user.get_liveness("480213"), LivenessCheck)
        assert_type(await user.wait_for_liveness("480213"), LivenessCheck)


def fields(check: LivenessCheck) -> None:
    """What a check holds."""
    assert_type(check.name, str)
    assert_type(check.type, str | None)
    assert_type(check.status, str)
    assert_type(check.data, Mapping[str, Any])
    token: str | None = check.access_token
    if check.access_token is not None:
        token = check.access_token.reveal()
    print(token)


def ways_to_authorize() -> None:
    """Each of them, and functions."""

    async def fetch() -> str:
        return "token"

    Client()
    Client(ClientToken(lambda: "token"))
    Client(ClientCredentials("partner", "password"))
    AsyncClient(ClientToken(fetch))


def ways_to_connect() -> None:
    """A user's own client, transport, proxy, certificates."""
    Client(ApiKey("key"), http_client=httpx.Client())
    Client(ApiKey("key"), http_client=httpx.MockTransport(lambda _: httpx.Response(200)))
    AsyncClient(ApiKey("key"), http_client=httpx.AsyncClient())
    Client(ApiKey("key"), timeout=httpx.Timeout(5, read=2), deadline=20, proxy="http://proxy", http2=True)
    Client(ApiKey("key"), verify="/ca.pem", cert=("/client.pem", "/client.key"))


def retries() -> None:
    """A policy and an observer."""

    def observe(attempt: Attempt) -> None:
        assert_type(attempt.error, errors.BtcDirectError | None)
        assert_type(attempt.delay, float | None)

    Client(ApiKey("key"), retry=RetryPolicy(max_retries=5, maximum=2), on_attempt=observe)


def failures(user: User) -> str | None:
    """The errors and what they hold."""
    try:
        user.get_liveness("480213")
    except errors.RateLimited as error:
        assert_type(error.retry_after, float | None)
    except errors.OrderNotFound as error:
        assert_type(error.code, str)
        assert_type(error.errors, tuple[errors.ErrorEntry, ...])
        return error.solution
    except errors.ApiError as error:
        assert_type(error.status_code, int)
        assert_type(error.headers, Mapping[str, str])
        return error.request_id
    except errors.InvalidResponse as error:
        return error.body
    except errors.Timeout as error:
        assert_type(error.last_check, LivenessCheck | None)
    except (errors.TransportError, errors.BtcDirectError) as error:
        return error.order_id
    return None


def mistakes(client: Client, user: User, check: LivenessCheck) -> None:
    """What a checker must refuse."""
    Client("key")  # type: ignore[arg-type]
    Client(ApiKey("key"), ClientToken("token"))  # type: ignore[arg-type,call-arg]
    Client(ApiKey("key"), http_client=httpx.AsyncClient())  # type: ignore[arg-type]
    AsyncClient(ApiKey("key"), backend="requests")  # type: ignore[arg-type]
    Client(ApiKey("key"), timeout="5")  # type: ignore[arg-type]
    client.get_liveness("480213")  # type: ignore[attr-defined]
    user.get_liveness(None)  # type: ignore[arg-type]
    user.get_liveness(4.5)  # type: ignore[arg-type]
    check.status = "approved"  # type: ignore[misc]
    errors.NoSuchError  # type: ignore[attr-defined] # noqa: B018
