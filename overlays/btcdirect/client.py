"""The blocking client."""

# A user is a view of its client.
# pyright: reportPrivateUsage=false

import inspect
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Self, TypeVar

import httpx

from .auth import Authorization, concealed
from .clock import Clock
from .environment import Environment
from .errors import ClientClosed, Timeout
from .flow import Call, Flow, Send, Step, Wait
from .liveness import LivenessCheck
from .network import Certificate, Verify, network_from, refuse_beside_http_client
from .polling import Condition, Polling, condition_from, polling_from, waiting
from .pool import Given, Lanes, Sender
from .request import Credentials, order_number
from .retry import Observer, RetryPolicy
from .settings import api_from, user_token_from, wait_seconds

T = TypeVar("T")


class Client:
    """A partner's access to the API, for blocking code. Threads may share one.

    Args:
        authorization: ``ApiKey``, ``ClientToken`` or ``ClientCredentials``; by default what ``BTCDIRECT_API_KEY`` or
            ``BTCDIRECT_CLIENT_TOKEN`` holds.
        environment: Which of the vendor's environments to ask.
        base_url: Another place to ask instead; by default ``BTCDIRECT_BASE_URL``, else production.
        timeout: The limit of one request, from waiting for a connection to the end of the answer (10 seconds).
            Without ``deadline``, seconds given here bound the whole call, too, so a request that times out is not
            tried again; ``timeout=2, deadline=10`` leaves time for that. An ``httpx.Timeout`` limits the steps of a
            request instead. No limit is ever infinite: ``None`` stands for the default.
        deadline: Seconds that a whole call may take, retries and the waits between them included (30; the ``timeout``
            if that is given in seconds).
        max_retries: Attempts after the first, where trying again can help and the deadline leaves time (2); 0 turns
            retrying off.
        retry: The whole policy, instead of ``max_retries``.
        on_attempt: Called with an ``Attempt`` after each request.
        http_client: Your own httpx client or transport; it stays yours to close. Its auth, its redirects and its
            default headers and cookies don't touch the requests sent here. Its socket is out of reach: the limit on a
            whole request is then kept between two pieces of the answer.
        http2: Whether to offer HTTP/2 (the ``http2`` extra).
        proxy: The proxy's URL; by default what the environment names, unless ``trust_env`` is false.
        verify: Whether to check the server's certificate, or the path of a CA bundle, or an ``ssl.SSLContext``.
        cert: The path of a client certificate for mTLS, or a tuple with the path of its key and the key's password.
        trust_env: Whether ``HTTPS_PROXY`` and its like count.
        max_connections: How many connections to hold at most; further calls wait for one.
        clock: Where time and chance come from, for tests.
        sleep: What waits, for tests.

    Raises:
        TypeError: An argument has the wrong type, two exclude each other, or there is no authorization.
        ValueError: An argument has a value that can't work.
        ImportError: An option needs an extra that is not installed.
    """

    def __init__(
        self,
        authorization: Authorization | None = None,
        *,
        environment: Environment | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        retry: RetryPolicy | None = None,
        on_attempt: Observer | None = None,
        http_client: httpx.Client | httpx.BaseTransport | None = None,
        http2: bool = False,
        proxy: str | httpx.Proxy | None = None,
        verify: Verify = True,
        cert: Certificate | None = None,
        trust_env: bool = True,
        max_connections: int = 32,
        clock: Clock | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._api = api_from(
            authorization,
            environment=environment,
            base_url=base_url,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            retry=retry,
            on_attempt=on_attempt,
            clock=clock,
        )
        if http_client is None:
            network = network_from(
                self._api.requests.base_url,
                verify=verify,
                cert=cert,
                http2=http2,
                proxy=proxy,
                trust_env=trust_env,
                max_connections=max_connections,
            )
            self._sender: Sender = Lanes(network)
        elif not isinstance(http_client, httpx.Client | httpx.BaseTransport):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("http_client must be an httpx.Client or a transport for it")
        else:
            refuse_beside_http_client(verify=verify, cert=cert, http2=http2, proxy=proxy)
            self._sender = Given(http_client)
        self._sleep = sleep
        self._turn = Lock()
        self._closed = False

    def as_user(self, token: str | None = None) -> "User":
        """An immutable view that asks in the name of one user and shares this client's connections.

        Args:
            token: The user's token; by default what ``BTCDIRECT_USER_TOKEN`` holds.

        Raises:
            TypeError: There is no token, or it is no str.
            ValueError: The token is empty or can't travel in a header.
        """
        hidden = concealed(token)
        del token
        return User(self, self._api.user_credentials(user_token_from(hidden)))

    def close(self) -> None:
        """Closes the connections. Calls after this raise ``ClientClosed``."""
        self._closed = True
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._api.requests.base_url!r})"

    def _run(self, flow: Flow[T]) -> T:
        try:
            result: Any = None
            while True:
                try:
                    step = flow.send(result)
                except StopIteration as end:
                    return end.value  # type: ignore[no-any-return]
                result = self._done(step)
        finally:
            flow.close()

    def _done(self, step: Step) -> object:
        """The result of a step."""
        if isinstance(step, Send):
            if self._closed:
                raise ClientClosed("the client is closed")
            return self._sender.send(step.request, step.seconds)
        if isinstance(step, Wait):
            return self._sleep(step.seconds)
        if isinstance(step, Call):
            result = step.function(*step.arguments)
            if inspect.iscoroutine(result):
                result.close()
            if inspect.isawaitable(result):
                raise TypeError("an async function needs an AsyncClient")
            return result
        if not self._turn.acquire(timeout=step.seconds):
            raise Timeout("the client token was not fetched in time")
        try:
            return self._run(step.flow())
        finally:
            self._turn.release()


@dataclass(frozen=True, slots=True, eq=False)
class User:
    """One user of a ``Client``. Made by ``Client.as_user``."""

    _client: Client
    _credentials: Credentials = field(repr=False)

    def get_liveness(self, order: str | int, *, timeout: float | None = None) -> LivenessCheck:
        """The liveness check of an order.

        Args:
            order: The order's id: a number, as a str or an int.
            timeout: Seconds that the whole call may take; by default the client's.

        Raises:
            TypeError: The order id is neither a str nor an int.
            ValueError: The order id is no number.
            ApiError: The API answered with an error; the class tells which.
            InvalidResponse: The answer makes no sense.
            TransportError: There was no whole answer.
            Timeout: There was no answer in time.
        """
        seconds = None if timeout is None else wait_seconds(timeout)
        return self._client._run(self._client._api.liveness(self._credentials, order_number(order), seconds))

    def wait_for_liveness(
        self,
        order: str | int,
        *,
        until: Condition | str | Collection[str] | None = None,
        timeout: float = 600.0,
        poll: float | Polling | None = None,
        on_change: Callable[[LivenessCheck], object] | None = None,
    ) -> LivenessCheck:
        """Asks until the liveness check of an order is settled.

        Args:
            order: The order's id: a number, as a str or an int.
            until: When to stop: a function of the check, a status, or several. By default when the status is neither
                ``missing`` nor ``pending``, the open ones that the vendor's page of another endpoint shows for the same
                object. Values are not documented here, so what comes is not necessarily a success.
            timeout: Seconds to wait at most.
            poll: Seconds from one request to the next, or a ``Polling``. By default 2, growing to 30.
            on_change: Called with the first check, and with each one that differs in name, type or status.

        Raises:
            TypeError: The order id is neither a str nor an int, or another argument has the wrong type.
            ValueError: The order id is no number, or a limit makes no sense.
            Timeout: The time is up; ``last_check`` and ``last_error`` tell what was seen.
            BtcDirectError: An error that waiting does not mend. What can pass is waited out.
        """
        api, number = self._client._api, order_number(order)
        return self._client._run(
            waiting(
                lambda seconds: api.liveness(self._credentials, number, seconds),
                until=condition_from(until),
                timeout=wait_seconds(timeout),
                polling=polling_from(poll),
                on_change=on_change,
                clock=api.clock,
            )
        )
