"""A transport without a network: a function answers, and what was asked is kept."""

import asyncio
import json
from collections.abc import Callable

from attrs import define, field

from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.exchange import Exchange, Fault, Request, Response

ROWS = load_contract().catalogue


def success() -> Response:
    """A success."""
    return json_answer(200, {"name": "liveness", "type": None, "status": "pending", "data": {"accessToken": "_act-1"}})


def failure(*codes: str, status: int = 400) -> Response:
    """An envelope of errors, with the catalogue's texts."""
    entries = {
        code: {"code": code, "message": ROWS[code].message.value, "solution": ROWS[code].solution.value}
        for code in codes
    }
    return json_answer(status, {"errors": entries})


def json_answer(status: int, value: object) -> Response:
    """Any JSON."""
    return Response(status, (("Content-Type", "application/json"),), json.dumps(value).encode())


@define
class Scripted:
    """Answers by a function of the request."""

    answer: Callable[[Request], Response | Fault]
    asked: list[Request] = field(factory=list[Request])

    async def reach(self) -> None:
        """It is there."""

    async def aclose(self) -> None:
        """Nothing is open."""

    async def exchange(self, request: Request, number: int) -> Exchange:
        """The script's answer."""
        self.asked.append(request)
        await asyncio.sleep(0)  # as a socket would, it lets others go on
        return Exchange(request, self.answer(request), 0.001, number)


def header(request: Request, name: str) -> str:
    """A field of a request, or the empty string."""
    return next((value for key, value in request.headers if key.lower() == name.lower()), "")
