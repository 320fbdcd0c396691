"""The awaiting client."""

# A user is a view of its client.
# pyright: reportPrivateUsage=false

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Any, Literal, Self, TypeVar

import httpx
from attrs import field, frozen

from ._watch import ONCE, Orders, Watch, watch_orders
from .async_pool import AsyncSender, AsyncShared, opened
from .auth import Authorization, concealed
from .clock import Clock
from .environment import Environment
from .errors import ClientClosed, Timeout
from .flow import Call, Flow, Send, Step, Wait
from .liveness import LivenessCheck
from .network import Certificate, Verify, network_from, refuse_beside_http_client
from .polling import Condition, Polling, condition_from, polling_from, waiting
from .redaction import Secret
from .request import Credentials, order_number
from .retry import Observer, RetryPolicy
from .settings import api_from, user_token_from, wait_seconds

T = TypeVar("T")


class AsyncClient:
    """A partner's access to the API, for asyncio. The tasks of one event loop may share one.

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
            default headers and cookies don't touch the requests sent here.
        backend: What does the I/O: ``httpx``, or the faster ``aiohttp`` (the ``aiohttp`` extra).
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
        http_client: httpx.AsyncClient | httpx.AsyncBaseTransport | None = None,
        backend: Literal["httpx", "aiohttp"] = "httpx",
        http2: bool = False,
        proxy: str | httpx.Proxy | None = None,
        verify: Verify = True,
        cert: Certificate | None = None,
        trust_env: bool = True,
        max_connections: int = 32,
        clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
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
            self._sender: AsyncSender = opened(network, backend)
        elif not isinstance(http_client, httpx.AsyncClient | httpx.AsyncBaseTransport):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("http_client must be an httpx.AsyncClient or a transport for it")
        else:
            refuse_beside_http_client(verify=verify, cert=cert, http2=http2, proxy=proxy, backend=backend)
            self._sender = AsyncShared(http_client, max_connections, owned=False)
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._closed = False

    def as_user(self, token: str | None = None) -> "AsyncUser":
        """An immutable view that asks in the name of one user and shares this client's connections.

        Args:
            token: The user's token; by default what ``BTCDIRECT_USER_TOKEN`` holds.

        Raises:
            TypeError: There is no token, or it is no str.
            ValueError: The token is empty or can't travel in a header.
        """
        hidden = concealed(token)
        del token
        return AsyncUser(self, self._api.user_credentials(user_token_from(hidden)))

    def watch(
        self,
        orders: Orders = (),
        *,
        until: Condition | str | Collection[str] | None = None,
        poll: float | Polling | None = None,
        rate: float = 50.0,
        concurrency: int = 16,
        forever: bool = False,
    ) -> Watch:
        """Watches the liveness checks of many orders of many users, and yields what changes.

        A poll is one request: what fails and can pass is asked for again at the order's next turn. Any other error ends
        its own order alone. After a 429 the whole watch pauses.

        Args:
            orders: Each order's id with its user's token, as a mapping; or order ids of the user of
                ``BTCDIRECT_USER_TOKEN``. More can be added later.
            until: When an order is settled, as in ``wait_for_liveness``.
            poll: Seconds from one poll of an order to the next, or a ``Polling``. By default 2, growing to 30 while its
                status stays the same.
            rate: How many requests to begin in a second at most, for all orders together.
            concurrency: How many requests to have in flight at most.
            forever: Whether the watch goes on when no order is left, so that ``add`` can bring new ones.

        Returns:
            An async iterator of ``Change``, with ``add`` and ``discard``.

        Raises:
            TypeError: An argument has the wrong type, such as one order's id instead of ``[order]``, or a user token is
                missing.
            ValueError: An order id is no number or a token can't travel in a header, or a limit makes no sense.
            RuntimeError: No event loop runs.
        """
        return watch_orders(
            self._poll,
            orders,
            user_token=user_token_from,
            until=until,
            poll=poll,
            rate=rate,
            concurrency=concurrency,
            forever=forever,
            clock=self._api.clock,
        )

    async def close(self) -> None:
        """Closes the connections. Calls after this raise ``ClientClosed``."""
        self._closed = True
        await self._sender.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._api.requests.base_url!r})"

    async def _poll(self, user_token: Secret | None, order_id: str) -> LivenessCheck:
        credentials = self._api.user_credentials(user_token_from(user_token))
        return await self._run(self._api.liveness(credentials, order_id, None, ONCE))

    async def _run(self, flow: Flow[T]) -> T:
        try:
            result: Any = None
            while True:
                try:
                    step = flow.send(result)
                except StopIteration as end:
                    return end.value  # type: ignore[no-any-return]
                result = await self._done(step)
        finally:
            flow.close()

    async def _done(self, step: Step) -> object:
        """The result of a step."""
        if isinstance(step, Send):
            if self._closed:
                raise ClientClosed("the client is closed")
            return await self._sender.send(step.request, step.seconds)
        if isinstance(step, Wait):
            return await self._sleep(step.seconds)
        if isinstance(step, Call):
            result = step.function(*step.arguments)
            return await result if inspect.isawaitable(result) else result
        await self._take_turn(step.seconds)
        try:
            return await self._run(step.flow())
        finally:
            self._turn.release()

    async def _take_turn(self, seconds: float) -> None:
        taken = False
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                taken = await self._turn.acquire()
        if not taken:
            raise Timeout("the client token was not fetched in time")


@frozen(eq=False)
class AsyncUser:
    """One user of an ``AsyncClient``. Made by ``AsyncClient.as_user``."""

    _client: AsyncClient
    _credentials: Credentials = field(repr=False)

    async def get_liveness(
        self,
        order: str | int,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the name of a limit that the flow keeps
    ) -> LivenessCheck:
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
        return await self._client._run(self._client._api.liveness(self._credentials, order_number(order), seconds))

    async def wait_for_liveness(
        self,
        order: str | int,
        *,
        until: Condition | str | Collection[str] | None = None,
        timeout: float = 600.0,  # noqa: ASYNC109
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
            on_change: Called, and awaited if it is async, with the first check, and with each one that differs in name,
                type or status.

        Raises:
            TypeError: The order id is neither a str nor an int, or another argument has the wrong type.
            ValueError: The order id is no number, or a limit makes no sense.
            Timeout: The time is up; ``last_check`` and ``last_error`` tell what was seen.
            BtcDirectError: An error that waiting does not mend. What can pass is waited out.
        """
        api, number = self._client._api, order_number(order)
        return await self._client._run(
            waiting(
                lambda seconds: api.liveness(self._credentials, number, seconds),
                until=condition_from(until),
                timeout=wait_seconds(timeout),
                polling=polling_from(poll),
                on_change=on_change,
                clock=api.clock,
            )
        )

    def watch(
        self,
        orders: Orders = (),
        *,
        until: Condition | str | Collection[str] | None = None,
        poll: float | Polling | None = None,
        rate: float = 50.0,
        concurrency: int = 16,
        forever: bool = False,
    ) -> Watch:
        """Watches the liveness checks of many orders, and yields what changes.

        A poll is one request: what fails and can pass is asked for again at the order's next turn. Any other error ends
        its own order alone. After a 429 the whole watch pauses.

        Args:
            orders: The ids of this user's orders; or each order's id with its user's token, as a mapping. More can be
                added later.
            until: When an order is settled, as in ``wait_for_liveness``.
            poll: Seconds from one poll of an order to the next, or a ``Polling``. By default 2, growing to 30 while its
                status stays the same.
            rate: How many requests to begin in a second at most, for all orders together.
            concurrency: How many requests to have in flight at most.
            forever: Whether the watch goes on when no order is left, so that ``add`` can bring new ones.

        Returns:
            An async iterator of ``Change``, with ``add`` and ``discard``.

        Raises:
            TypeError: An argument has the wrong type, such as one order's id instead of ``[order]``.
            ValueError: An order id is no number or a token can't travel in a header, or a limit makes no sense.
            RuntimeError: No event loop runs.
        """
        return watch_orders(
            self._poll,
            orders,
            user_token=_own_token,
            until=until,
            poll=poll,
            rate=rate,
            concurrency=concurrency,
            forever=forever,
            clock=self._client._api.clock,
        )

    async def _poll(self, user_token: Secret | None, order_id: str) -> LivenessCheck:
        if user_token is not None:
            return await self._client._poll(user_token, order_id)
        return await self._client._run(self._client._api.liveness(self._credentials, order_id, None, ONCE))


def _own_token(given: object) -> Secret | None:
    return None if given is type(None) else user_token_from(given)
