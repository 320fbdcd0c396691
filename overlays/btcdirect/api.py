"""The calls of the API as flows: what to send with which credentials, and what to make of the answer."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import httpx

from .answers import Asked, Outcome, TokenPair, read_liveness, read_tokens
from .auth import ApiKey, Authorization, ClientCredentials, ClientToken, concealed, header_secret
from .clock import Clock
from .errors import ApiError, BtcDirectError, Timeout
from .flow import Call, Exclusive, Flow, Send, Wait
from .liveness import LivenessCheck
from .redaction import Secret
from .request import Credentials, Requests
from .retry import Attempt, Observer, RetryPolicy, noted

T = TypeVar("T")

LIFETIME = 3600.0
"""Seconds that a client token lives (vendor docs)."""
MARGIN = 60.0
"""Seconds before its end from which a token is not used any more."""

_log = logging.getLogger("btcdirect")


class Limits(NamedTuple):
    """The time limits of a call, in seconds."""

    attempt: float
    """One exchange, from waiting for a connection to the end of the answer."""
    call: float
    """The whole call, with its retries and the waits between them."""
    connect: float
    read: float
    write: float
    pool: float

    def steps(self, seconds: float) -> dict[str, float]:
        """The limits of an exchange's steps as httpx's transports take them, none above ``seconds``."""
        return {
            "connect": min(self.connect, seconds),
            "read": min(self.read, seconds),
            "write": min(self.write, seconds),
            "pool": min(self.pool, seconds),
        }


class _Tokens:
    """The client's present pair of tokens, and until when it is used."""

    def __init__(self) -> None:
        self.pair: TokenPair | None = None
        self.until = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Api:
    """One partner's access to one base URL: all that the calls of its users share."""

    requests: Requests
    authorization: Authorization = field(repr=False)
    limits: Limits
    retry: RetryPolicy
    clock: Clock
    on_attempt: Observer | None = field(repr=False)
    _tokens: _Tokens = field(default_factory=_Tokens, init=False, repr=False)

    def user_credentials(self, user_token: Secret) -> Credentials:
        """What every request of this user carries; the client token is missing if it can change."""
        given = self.authorization
        fixed = given.token if isinstance(given, ClientToken) else given
        return self.requests.credentials(fixed if isinstance(fixed, ApiKey | Secret) else None, user_token)

    def liveness(
        self, user: Credentials, order_id: str, seconds: float | None, retry: RetryPolicy | None = None
    ) -> Flow[LivenessCheck]:
        """The liveness check of an order, within so many seconds and by this policy (default: the client's).

        Raises:
            BtcDirectError: Of the kind that came back.
        """
        deadline = self.clock.monotonic() + (self.limits.call if seconds is None else seconds)
        url = self.requests.liveness_url(order_id)
        token = yield from self._client_token(None, deadline)
        renewed = False
        while True:
            credentials = user if token is None else user.with_client_token(token)
            asked = Asked("GET", url, credentials.secrets, order_id)

            def request(limits: dict[str, float], credentials: Credentials = credentials) -> httpx.Request:
                return self.requests.liveness(url, credentials, limits)

            result = yield from self._attempts(request, read_liveness, asked, deadline, retry or self.retry)
            if not isinstance(result, BtcDirectError):
                return result
            if token is None or renewed or not _says_expired(result):
                raise result
            fresh = yield from self._client_token(token, deadline)
            if fresh == token:
                raise result
            token, renewed = fresh, True

    def _client_token(self, expired: Secret | None, deadline: float) -> Flow[Secret | None]:
        """The client token to use, another one than the expired; ``None`` if the user's credentials hold it already."""
        given = self.authorization
        if isinstance(given, ClientToken) and not isinstance(given.token, Secret):
            token = concealed((yield Call(given.token)))
            return header_secret(token, "the client token that the function gave")
        if not isinstance(given, ClientCredentials):
            return None
        if (usable := self._usable(expired)) is not None:
            return usable
        seconds = max(0.0, deadline - self.clock.monotonic())
        fetched: Secret = yield Exclusive(lambda: self._renewed(given, expired, deadline), seconds)
        return fetched

    def _usable(self, expired: Secret | None) -> Secret | None:
        pair, until = self._tokens.pair, self._tokens.until
        return pair.token if pair is not None and pair.token != expired and self.clock.monotonic() < until else None

    def _renewed(self, credentials: ClientCredentials, expired: Secret | None, deadline: float) -> Flow[Secret]:
        # Somebody else may have fetched one while this flow waited for its turn.
        if (token := self._usable(expired)) is not None:
            return token
        pair: TokenPair | BtcDirectError | None = None
        if self._tokens.pair is not None and self._tokens.pair.refresh is not None:
            pair = yield from self._fetch("/api/v1/refresh", {"refreshToken": self._tokens.pair.refresh}, deadline)
        if pair is None or isinstance(pair, ApiError):
            body = {"username": credentials.username, "password": credentials.password}
            pair = yield from self._fetch("/api/v1/authenticate", body, deadline)
        if isinstance(pair, BtcDirectError):
            raise pair
        # The time first: a reader between the two sees an old token for some moments longer, never a new one as old.
        self._tokens.until = self.clock.monotonic() + LIFETIME - MARGIN
        self._tokens.pair = pair
        return pair.token

    def _fetch(self, path: str, body: dict[str, Secret], deadline: float) -> Flow[TokenPair | BtcDirectError]:
        asked = Asked("POST", httpx.URL(self.requests.base_url + path), tuple(body.values()))
        return self._attempts(
            lambda limits: self.requests.post(path, body, limits), read_tokens, asked, deadline, self.retry
        )

    def _attempts(
        self,
        request: Callable[[dict[str, float]], httpx.Request],
        read: Callable[[Outcome, Asked], T | BtcDirectError],
        asked: Asked,
        deadline: float,
        retry: RetryPolicy,
    ) -> Flow[T | BtcDirectError]:
        """What the request comes to, tried again as the policy says."""
        clock = self.clock
        number, waited = 1, 0.0
        while True:
            started = clock.monotonic()
            seconds = min(self.limits.attempt, deadline - started)
            if seconds <= 0:
                return asked.error(Timeout, "the time limit of the call ran out before the request was sent")
            result = read((yield Send(request(self.limits.steps(seconds)), seconds)), asked)
            ended = clock.monotonic()
            error = noted(result, clock.now()) if isinstance(result, BtcDirectError) else None
            delay = None
            if error is not None:
                delay = retry.delay(
                    error,
                    attempt=number,
                    waited=waited,
                    remaining=deadline - ended,
                    now=clock.now(),
                    random=clock.random(),
                )
            self._tell(Attempt(number, ended - started, error, delay))
            if delay is None:
                return result
            yield Wait(delay)
            waited += delay
            number += 1

    def _tell(self, attempt: Attempt) -> None:
        if attempt.delay is not None:
            kind = type(attempt.error).__name__
            _log.info("attempt %d failed (%s), the next one in %.2f s", attempt.number, kind, attempt.delay)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("attempt %d took %.3f s: %s", attempt.number, attempt.elapsed, attempt.error or "success")
        if self.on_attempt is not None:
            self.on_attempt(attempt)


def _says_expired(error: BtcDirectError) -> bool:
    return isinstance(error, ApiError) and any(entry.code == "ER801" for entry in error.errors)
