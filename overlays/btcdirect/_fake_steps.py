"""What a request to the fake comes to: the steps of ``btcdirect.testing``, and the answers that they make."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import httpx
from attrs import Factory, field, frozen

from ._arguments import holds_many
from ._texts import TEXTS

_STATUS_CODES = {"ER999": 500, "ER920": 429}


@frozen
class Check:
    """A step: the answer is a liveness check."""

    status: str
    """Which values the API sends is not documented; ``missing`` and ``pending`` stand in the vendor's examples."""
    name: str = field(default="liveness", kw_only=True)
    type: str | None = field(default=None, kw_only=True)
    access_token: str | None = field(default=None, kw_only=True, repr=False)
    """``data.accessToken``; ``None`` leaves ``data`` out."""


def _codes(codes: str | Iterable[str]) -> tuple[str, ...]:
    several: tuple[object, ...] = tuple(codes) if holds_many(codes) else (codes,)
    if not all(isinstance(code, str) for code in several):
        raise TypeError(f"codes are a str or several, not {codes!r}")
    return cast("tuple[str, ...]", several)


def _documented(_: object, __: object, codes: tuple[str, ...]) -> None:
    unknown = sorted(set(codes) - TEXTS.keys())
    if unknown or not codes:
        raise ValueError(f"no documented code: {unknown}; use Answer for what no document describes")


def _usual_status(failure: "Failure") -> int:
    return next((_STATUS_CODES[code] for code in failure.codes if code in _STATUS_CODES), 400)


@frozen
class Failure:
    """A step: the answer is the envelope, with an entry for each code.

    Raises:
        TypeError: If a code is no str.
        ValueError: If a code is not one that the vendor documents, or none is given.
    """

    codes: tuple[str, ...] = field(converter=_codes, validator=_documented)
    """One code, or several."""
    status_code: int = field(default=Factory(_usual_status, takes_self=True), kw_only=True)
    """Unless given: 400, but 500 with ER999 and 429 with ER920."""
    headers: Mapping[str, str] = field(factory=dict[str, str], kw_only=True)


@frozen
class Answer:
    """A step: the answer is exactly this, whatever it is (an HTML page of a proxy, a cut body, a new field)."""

    status_code: int
    content: bytes | str | Mapping[str, Any] = field(default=b"", repr=False)
    """Bytes or text go out as they are, a mapping as JSON."""
    headers: Mapping[str, str] = field(factory=dict[str, str], kw_only=True, repr=False)


Step = str | Check | Failure | Answer | httpx.TransportError | type[httpx.TransportError]
"""What a request comes to. A string is short for a `Check` with this status and the order's own access token; an httpx
exception, or its class, is raised instead of an answer (``httpx.ConnectError``, ``httpx.ReadTimeout``, …)."""


def checked(steps: tuple[object, ...]) -> tuple[Step, ...]:
    """The steps, if each is one.

    Raises:
        TypeError: One is something else: a list of steps, for instance.
    """
    for step in steps:
        kind = type(step).__name__
        raised = isinstance(step, type) and issubclass(step, httpx.TransportError)
        if not raised and not isinstance(step, str | Check | Failure | Answer | httpx.TransportError):
            raise TypeError(
                f"a step is a status, a Check, a Failure, an Answer or an httpx.TransportError, "
                f"not {kind}: give several one after the other"
            )
    return cast("tuple[Step, ...]", steps)


def perform(step: Step, request: httpx.Request) -> httpx.Response | httpx.TransportError:
    """The answer, or the exception to raise instead."""
    if isinstance(step, httpx.TransportError):
        step.request = request
        return step
    if isinstance(step, type):
        return step(f"{step.__name__}, injected by the fake", request=request)
    # An answer can hold an access token, so no cache keeps it.
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    match step:
        case Answer():
            if isinstance(step.content, Mapping):
                return httpx.Response(step.status_code, json=step.content, headers={**headers, **step.headers})
            return httpx.Response(step.status_code, content=step.content, headers=step.headers)
        case Failure():
            texts = {code: dict(zip(("message", "solution"), TEXTS[code], strict=True)) for code in step.codes}
            envelope = {"errors": {code: {"code": code, **texts[code]} for code in step.codes}}
            return httpx.Response(step.status_code, json=envelope, headers={**headers, **step.headers})
        case _:
            check = Check(step) if isinstance(step, str) else step
            body: dict[str, Any] = {"name": check.name, "type": check.type, "status": check.status}
            if check.access_token is not None:
                body["data"] = {"accessToken": check.access_token}
            return httpx.Response(200, json=body, headers=headers)
