"""Exchanges with everything that the checks ask of them, worked out once."""

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache

from attrs import frozen

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange, Response

from .answers import Answer
from .oracle import Ruling, conforms, is_refusal, rule, understand, unjudged

_ESCAPED = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|([^\n]))")
"""An escape of JSON (RFC 8259, section 7); a slash is what PHP's are about."""


@frozen(slots=False, eq=False)
class Examined:
    """A judged exchange of the endpoint's own method, and what its answer claims to be."""

    exchange: Exchange
    response: Response
    answer: Answer
    ruling: Ruling
    contract: Contract
    refused: bool
    """A router or a front answered, as it may: the documents say nothing about the form."""

    @cached_property
    def claims_success(self) -> bool:
        """A success is allowed and this claims to be one: its body has to be right."""
        return self.ruling.success and self.answer.is_2xx and not self.answer.is_error

    @cached_property
    def claims_failure(self) -> bool:
        """A failure is allowed and this reports errors: its envelope has to be right."""
        reports = self.answer.is_error or (self.answer.has_member_errors and not self.answer.is_2xx)
        return self.ruling.failure and reports and not self.refused

    @cached_property
    def conforms(self) -> bool:
        """Whether it is an answer that the documents allow to its request."""
        return conforms(self.answer, self.ruling, self.exchange.request, self.response, self.contract)


@lru_cache(maxsize=4096)
def said(response: Response) -> bytes:
    """Wherever a secret may stand: a response's body, the same without JSON's escapes, the values of header fields."""
    plain = _ESCAPED.sub(_unescaped, response.body) if b"\\" in response.body else b""
    return b"\n".join([response.body, plain, *(value.encode() for _, value in response.headers)])


def _unescaped(escaped: re.Match[bytes]) -> bytes:
    return chr(int(escaped[1], 16)).encode("utf-8", "replace") if escaped[1] else escaped[2]


def examine(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Examined]:
    """The exchanges that can be judged: a whole answer, not turned away for its rate, to a GET."""
    return _all_examined(tuple(exchanges), contract)


@lru_cache(maxsize=1)
def _all_examined(exchanges: tuple[Exchange, ...], contract: Contract) -> Sequence[Examined]:
    # Remembered, since every case without a plan looks at the same ones.
    found = (_examined(exchange, contract) for exchange in exchanges)
    return tuple(one for one in found if one is not None)


@lru_cache(maxsize=4096)
def _examined(exchange: Exchange, contract: Contract) -> Examined | None:
    response = exchange.answer
    if not isinstance(response, Response) or exchange.request.facts.method != "GET" or unjudged(exchange, contract):
        return None
    answer = understand(response, contract)
    ruling = rule(exchange.request.facts, contract)
    refused = is_refusal(answer, ruling, exchange.request, response, contract)
    return Examined(exchange, response, answer, ruling, contract, refused)
