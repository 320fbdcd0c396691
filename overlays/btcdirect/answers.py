"""From what came back to a value or an error. Pure: nothing here does I/O, and nothing here raises.

An error is made here and raised by the caller, so that no frame of a traceback holds a payload.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn, cast

import httpx

from .auth import fits_header
from .errors import (
    CLASS_BY_CODE,
    ApiError,
    BtcDirectError,
    ErrorEntry,
    InvalidResponse,
    RateLimited,
    RequestSummary,
    Timeout,
    TransportError,
)
from .liveness import LivenessCheck
from .redaction import Redactor, Secret, names_secret, shortened_line
from .wire import name_type_status

MAX_BODY = 1024 * 1024
"""Bytes; a larger body is no answer of this API."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A whole answer. The body is as it came; at most ``MAX_BODY`` bytes of it, and one more if there were more."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)


class Failure(NamedTuple):
    """Why there is no whole answer."""

    reason: str
    timed_out: bool = False

    def __repr__(self) -> str:
        # The reason is not redacted yet, and a traceback may print what is bound to a name.
        return f"Failure(timed_out={self.timed_out})"


Outcome = Answer | Failure


class Asked(NamedTuple):
    """What an error may tell of the request, and what it must not."""

    method: str
    url: httpx.URL
    secrets: tuple[Secret, ...]
    order_id: str | None = None

    def error(self, kind: type[BtcDirectError], text: str, **attributes: object) -> BtcDirectError:
        """An error of this kind about this request."""
        redactor = Redactor(self.secrets)
        request = RequestSummary(self.method, redactor.text(str(self.url)))
        return kind(shortened_line(redactor.text(text)), request=request, order_id=self.order_id, **attributes)


class TokenPair(NamedTuple):
    """A client token, and what a new one can be had for."""

    token: Secret
    refresh: Secret | None


class _Problem(NamedTuple):
    """Why a payload can't be read."""

    reason: str


def already_read(response: httpx.Response) -> Answer | None:
    """The answer, if somebody has read the response before: a hook of the user's client, or a mock that made it so."""
    if not response.is_stream_consumed:
        return None
    headers = response.headers.copy()
    # Reading has undone it.
    headers.pop("content-encoding", None)
    return Answer(response.status_code, headers, response.content[: MAX_BODY + 1])


def read_liveness(outcome: Outcome, asked: Asked) -> LivenessCheck | BtcDirectError:
    """The liveness check that an answer holds, or the error that it amounts to."""
    if isinstance(outcome, Failure):
        return _no_answer(outcome, asked)
    payload = _payload(outcome)
    check = _liveness(payload) if 200 <= outcome.status <= 299 else None
    return check if isinstance(check, LivenessCheck) else _error(outcome, payload, check, asked)


def read_tokens(outcome: Outcome, asked: Asked) -> TokenPair | BtcDirectError:
    """The client token and refresh token that an answer holds, or the error that it amounts to."""
    if isinstance(outcome, Failure):
        return _no_answer(outcome, asked)
    payload = _payload(outcome)
    problem = None
    if 200 <= outcome.status <= 299:
        members = _object(payload) or {}
        token, refresh = members.get("token"), members.get("refreshToken")
        if isinstance(token, str) and fits_header(token):
            return TokenPair(Secret(token), Secret(refresh) if isinstance(refresh, str) and refresh else None)
        problem = _Problem("'token' is missing or no token")
    return _error(outcome, payload, problem, asked)


def _no_answer(failure: Failure, asked: Asked) -> BtcDirectError:
    return asked.error(Timeout if failure.timed_out else TransportError, failure.reason)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_JSON = json.JSONDecoder(parse_constant=_refuse_constant)


def _payload(answer: Answer) -> object:
    body = _decoded(answer)
    if isinstance(body, _Problem):
        return body
    if len(body) > MAX_BODY:
        return _Problem(f"the body is larger than {MAX_BODY} bytes")
    if not body:
        return _Problem("the body is empty")
    try:
        return _JSON.decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return _Problem("the body is not JSON")


def _decoded(answer: Answer) -> bytes | _Problem:
    """The body without its content coding. None was asked for; gzip and deflate are undone all the same."""
    coding = answer.headers.get("content-encoding", "").strip().lower()
    if coding in ("", "identity") or len(answer.body) > MAX_BODY:
        return answer.body
    if coding not in ("gzip", "x-gzip", "deflate"):
        return _Problem("the body has a Content-Encoding that was not asked for")
    # 47: a gzip or zlib header, whichever is there.
    decoder = zlib.decompressobj(47)
    try:
        body = decoder.decompress(answer.body, MAX_BODY + 1)
    except zlib.error:
        body = b""
    whole = decoder.eof or len(body) > MAX_BODY
    return body if whole else _Problem("the body is not in its Content-Encoding")


def _liveness(payload: object) -> LivenessCheck | _Problem:
    if isinstance(payload, _Problem):
        return payload
    raw = _object(payload)
    if raw is None:
        return _Problem("the body is no JSON object")
    data = raw.get("data")
    # PHP writes an empty object as [].
    data = {} if data is None or data == [] else _object(data)
    if data is None:
        return _Problem("'data' is no object")
    for name in ("name", "status"):
        if not isinstance(raw.get(name), str):
            return _Problem(f"'{name}' is missing or no string")
    if not isinstance(raw.get("type"), str | None):
        return _Problem("'type' is no string")
    token = data.get("accessToken")
    if isinstance(token, str):
        token = data["accessToken"] = Secret(token)
    fields = name_type_status({**raw, "data": data})
    if fields is None:
        return _Problem("a field is not what the contract says")
    name, kind, status = fields
    return LivenessCheck(
        name=name,
        type=kind,
        status=status,
        access_token=token if isinstance(token, Secret) and token else None,
        data=data,
        raw=raw,
    )


def _object(value: object) -> dict[str, Any] | None:
    """The value, if it is a JSON object."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _error(answer: Answer, payload: object, problem: object, asked: Asked) -> BtcDirectError:
    redactor = Redactor(asked.secrets)
    common: dict[str, Any] = {"status_code": answer.status, "headers": _shown(answer.headers, redactor)}
    entries = _entries(payload, redactor)
    documented = sorted(entry.code for entry in entries if entry.code in CLASS_BY_CODE)
    if entries or answer.status == 429:
        first = next((e for e in entries if e.code in documented[:1]), entries[0] if entries else None)
        kind = RateLimited if answer.status == 429 else CLASS_BY_CODE.get(first.code if first else "", ApiError)
        if first is None:
            return asked.error(kind, "HTTP 429: too many requests", **common)
        text = " ".join(part for part in (f"{first.code}:", first.message, first.solution) if part)
        if len(entries) > 1:
            text += f" (and {', '.join(e.code for e in entries if e is not first)})"
        return asked.error(
            kind, text, code=first.code, message=first.message, solution=first.solution, errors=entries, **common
        )
    reason = next((p.reason for p in (payload, problem) if isinstance(p, _Problem)), "no error envelope")
    if 300 <= answer.status <= 399:
        reason = "a redirect, which is never followed"
    return asked.error(InvalidResponse, f"HTTP {answer.status}: {reason}", body=redactor.excerpt(answer.body), **common)


def _entries(payload: object, redactor: Redactor) -> tuple[ErrorEntry, ...]:
    errors = _object((_object(payload) or {}).get("errors")) or {}
    found = ((key, _object(value)) for key, value in errors.items())
    return tuple(_entry(key, value, redactor) for key, value in found if value is not None)


def _entry(key: str, value: Mapping[str, object], redactor: Redactor) -> ErrorEntry:
    code, message, solution = (value.get(name) for name in ("code", "message", "solution"))
    return ErrorEntry(
        code=redactor.text(code if isinstance(code, str) and code else key),
        message=redactor.text(message) if isinstance(message, str) else "",
        solution=redactor.text(solution) if isinstance(solution, str) else "",
    )


def _shown(headers: httpx.Headers, redactor: Redactor) -> httpx.Headers:
    shown = [(name, redactor.text(value)) for name, value in headers.multi_items() if not names_secret(name)]
    return httpx.Headers(shown, "utf-8")
