"""The arguments of a client, checked and completed from the environment."""

import os
from math import isfinite

import httpx

from ._arguments import refuse_no_number, refuse_no_plain_function
from .api import Api, Limits
from .auth import ApiKey, Authorization, ClientCredentials, ClientToken, header_secret
from .clock import Clock
from .environment import Environment
from .redaction import Secret
from .request import Requests
from .retry import Observer, RetryPolicy

ATTEMPT_SECONDS = 10.0
CALL_SECONDS = 30.0


def api_from(
    authorization: Authorization | None,
    *,
    environment: Environment | None,
    base_url: str | None,
    timeout: float | httpx.Timeout | None,
    deadline: float | None,
    max_retries: int | None,
    retry: RetryPolicy | None,
    on_attempt: Observer | None,
    clock: Clock | None,
) -> Api:
    """The access that a client's arguments describe.

    Raises:
        TypeError: An argument has the wrong type, or two exclude each other.
        ValueError: An argument has a value that can't work.
    """
    if on_attempt is not None:
        refuse_no_plain_function(on_attempt, "on_attempt")
    return Api(
        requests=Requests(base_url_from(environment, base_url)),
        authorization=authorization_from(authorization),
        limits=limits_from(timeout, deadline),
        retry=retry_from(max_retries, retry),
        clock=clock or Clock(),
        on_attempt=on_attempt,
    )


def authorization_from(given: Authorization | None) -> Authorization:
    """Exactly one way to authorize: the argument, or the environment's."""
    if isinstance(given, ApiKey | ClientToken | ClientCredentials):
        return given
    if given is not None:
        raise TypeError(  # pyright: ignore[reportUnreachable]
            f"the authorization must be an ApiKey, a ClientToken or ClientCredentials, not {type(given).__name__}: "
            "Client(ApiKey('…'))"
        )
    names = [name for name in ("BTCDIRECT_API_KEY", "BTCDIRECT_CLIENT_TOKEN") if os.environ.get(name)]
    if len(names) == 2:
        raise TypeError("BTCDIRECT_API_KEY and BTCDIRECT_CLIENT_TOKEN are both set; the API takes exactly one (ER803)")
    if not names:
        raise TypeError(
            "no authorization: give ApiKey('…') or ClientToken('…'), or set BTCDIRECT_API_KEY or BTCDIRECT_CLIENT_TOKEN"
        )
    return (ApiKey if names[0] == "BTCDIRECT_API_KEY" else ClientToken)(os.environ[names[0]])


def user_token_from(given: object) -> Secret:
    """The user's token: the concealed argument, or the environment's.

    Raises:
        TypeError: There is none, or it is no str.
        ValueError: It is empty or can't travel in a header.
    """
    if given is type(None):
        if not os.environ.get("BTCDIRECT_USER_TOKEN"):
            raise TypeError("no user token: give one, or set BTCDIRECT_USER_TOKEN")
        given = Secret(os.environ["BTCDIRECT_USER_TOKEN"])
    return header_secret(given, "the user token")


def base_url_from(environment: Environment | None, base_url: str | None) -> str:
    """Where the API lives, without a slash at the end."""
    if environment is not None and base_url is not None:
        raise TypeError("give environment or base_url, not both")
    if environment is not None:
        return Environment(environment).value
    given = base_url if base_url is not None else os.environ.get("BTCDIRECT_BASE_URL") or Environment.PRODUCTION.value
    if not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"base_url must be a str, not {type(given).__name__}")
    try:
        url = httpx.URL(given)
        host = url.host
    except (httpx.InvalidURL, ValueError):
        raise ValueError("base_url is no URL") from None
    if url.scheme not in ("http", "https") or not host:
        raise ValueError("base_url must start with https:// or http:// and name a host")
    if url.userinfo or url.query or url.fragment:
        raise ValueError("base_url may hold a host and a path only, no username, query or fragment")
    return str(url).rstrip("/")


def limits_from(timeout: float | httpx.Timeout | None, deadline: float | None) -> Limits:
    """The time limits: none is ever infinite."""
    if deadline is not None:
        deadline = _seconds(deadline, "deadline")
    if isinstance(timeout, httpx.Timeout):
        steps = [timeout.connect, timeout.read, timeout.write, timeout.pool]
        call = deadline or max(CALL_SECONDS, *(step for step in steps if step is not None), 0.0)
        connect, read, write, pool = (call if step is None else _seconds(step, "timeout") for step in steps)
        return Limits(attempt=call, call=call, connect=connect, read=read, write=write, pool=pool)
    attempt = ATTEMPT_SECONDS if timeout is None else _seconds(timeout, "timeout")
    call = deadline or (CALL_SECONDS if timeout is None else attempt)
    return Limits(attempt, call, attempt, attempt, attempt, attempt)


def retry_from(max_retries: int | None, retry: RetryPolicy | None) -> RetryPolicy:
    """The policy of an argument pair of which one at most is given."""
    if retry is not None and max_retries is not None:
        raise TypeError("give max_retries or retry, not both")
    if isinstance(retry, RetryPolicy):
        return retry
    if retry is not None:
        raise TypeError(  # pyright: ignore[reportUnreachable]
            f"retry must be a RetryPolicy, not {type(retry).__name__}: for a number of retries give max_retries"
        )
    return RetryPolicy() if max_retries is None else RetryPolicy(max_retries=max_retries)


def _seconds(value: float, what: str) -> float:
    refuse_no_number(value, what, "seconds")
    if not (value > 0 and isfinite(value)):
        raise ValueError(f"{what} must be a positive, finite number of seconds")
    return value


def wait_seconds(timeout: float) -> float:
    """How long to wait for a liveness check.

    Raises:
        TypeError: It is no number.
        ValueError: It is not positive, or infinite.
    """
    return _seconds(timeout, "timeout")
