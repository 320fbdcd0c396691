"""From what a request carries to what may be answered.

The rule: an answer is a success exactly when no code applies to the request; otherwise every code of its envelope
applies. So one error or all of them conform, in any order of precedence. Where the documents leave open what a request
means, an answer conforms if it suits one of the readings. The catalogue decides which code a trigger provokes.
"""

from collections.abc import Collection
from functools import cached_property, lru_cache
from urllib.parse import unquote, urlsplit

from attrs import frozen

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange, Fault, Request, Response
from btcdirect_conformance.facts import Order, RequestFacts

from . import fronts
from .answers import Answer, named, read_answer
from .readings import readings
from .triggers import fired
from .violation import ANSWER, Violation


@frozen(slots=False, cache_hash=True)
class Ruling:
    """What the documents allow as an answer."""

    success: bool
    codes: tuple[frozenset[str], ...]
    """One set for each reading; an answer may hold any of a set's codes, and no other."""
    bare: frozenset[int] = frozenset()
    """Statuses that a router or a front may answer with, in a form of its own."""
    general: frozenset[int] = frozenset()
    """Statuses that it may answer with in the house style, which is the general error: "anything else"."""

    @cached_property
    def failure(self) -> bool:
        """Whether the request may fail."""
        return bool(self.codes)

    @property
    def applicable(self) -> frozenset[str]:
        """Every code that may stand in an answer, over all readings."""
        return frozenset[str]().union(*self.codes)

    def allows(self, codes: Collection[str]) -> bool:
        """Whether an envelope may hold just these codes."""
        return any(one.issuperset(codes) for one in self.codes)

    def __str__(self) -> str:
        sets = sorted({" and/or ".join(sorted(codes)) for codes in self.codes})
        ways = ["a success"] * self.success + sets
        if self.bare:
            ways.append("a router's own 404" if self.general == _NO_ROUTE else "a front's own 4xx")
        return ", or ".join(ways)


_NO_ROUTE = frozenset({404, 405})
"""What a path without an id ends with at a router: no such route, or none for this method."""

_DOUBLE_SLASH = 400
"""What a front that refuses empty segments answers, as Spring's firewall does."""

_ANY_4XX = frozenset(range(400, 500))
_SERVER_ERROR = 500

_MOST_CODES = 20
"""Codes of one answer that are named."""


@lru_cache(maxsize=4096)
def rule(facts: RequestFacts, contract: Contract) -> Ruling:
    """What may answer a request with these facts."""
    success, triggers = _fired_by_reading(facts)
    code = contract.codes_by_trigger
    codes = tuple(frozenset(code[name] for name in names) for names in triggers)
    if facts.refusable:
        return Ruling(success, codes, bare=_ANY_4XX, general=frozenset() if facts.attack else _ANY_4XX)
    bare = _ANY_4XX if facts.filtered else frozenset[int]()
    if facts.order is Order.MISSING:
        return Ruling(success, codes, bare=bare | _NO_ROUTE | {_DOUBLE_SLASH}, general=_NO_ROUTE)
    return Ruling(success, codes, bare)


@lru_cache(maxsize=4096)
def _fired_by_reading(facts: RequestFacts) -> tuple[bool, tuple[frozenset[str], ...]]:
    """Whether some reading fires no trigger, and the triggers of the others."""
    by_reading = dict.fromkeys(fired(reading) for reading in readings(facts))
    return frozenset() in by_reading, tuple(names for names in by_reading if names)


def understand(response: Response, contract: Contract) -> Answer:
    """Reads a response with the codes that the contract knows."""
    return read_answer(response, contract.known_codes)


def is_success(exchange: Exchange, contract: Contract) -> bool:
    """Whether the answer claims to be a success."""
    return isinstance(exchange.answer, Response) and understand(exchange.answer, contract).is_success


def codes_of(exchange: Exchange, contract: Contract) -> tuple[str, ...]:
    """The catalogue's codes in the envelope of an answer."""
    if isinstance(exchange.answer, Fault):
        return ()
    return tuple(sorted(understand(exchange.answer, contract).codes & contract.catalogue.keys()))


def unjudged(exchange: Exchange, contract: Contract) -> str:
    """Why an exchange says nothing about its request: no whole answer, or turned away for its rate. Else empty."""
    if isinstance(exchange.answer, Fault):
        return f"no whole answer ({exchange.answer.kind})"
    return "turned away for its rate" if understand(exchange.answer, contract).is_rate_limit else ""


def judge(exchange: Exchange, contract: Contract) -> tuple[Violation, ...]:
    """What is wrong with an answer by the facts of its request: violations of the rule ``answer``, and no others.

    Nothing is said about a request that was turned away for its rate (429), that has no whole answer, or whose
    method is none of the endpoint's. Total: whatever arrived, it does not raise.
    """
    if unjudged(exchange, contract) or exchange.request.facts.method != "GET":
        return ()
    assert isinstance(exchange.answer, Response)  # noqa: S101  for the type checker: a fault is unjudged
    ruling = rule(exchange.request.facts, contract)
    answer = understand(exchange.answer, contract)
    if conforms(answer, ruling, exchange.request, exchange.answer, contract):
        return ()
    return (Violation(ANSWER, str(ruling), describe(answer, exchange.answer), exchange),)


def is_as_documented(exchange: Exchange, contract: Contract) -> bool:
    """Whether there is an answer, and the code in it, or the success, is one that the documents allow."""
    return not unjudged(exchange, contract) and not judge(exchange, contract)


def conforms(answer: Answer, ruling: Ruling, request: Request, response: Response, contract: Contract) -> bool:
    """Whether an answer is one of those that the ruling allows."""
    if is_refusal(answer, ruling, request, response, contract):
        return True
    if answer.codes:
        # A code outside the catalogue is the deviation of another rule, unless nothing but a success is due.
        return ruling.failure and ruling.allows(answer.codes & contract.catalogue.keys())
    if answer.is_success:
        return ruling.success
    if answer.is_2xx:  # no object, which is another rule's deviation where a success is due
        return ruling.success and not answer.has_errors
    # An envelope or JSON too broken for its codes to be read is another rule's deviation where a failure is due.
    return 400 <= answer.status <= 499 and ruling.failure and (answer.has_member_errors or answer.is_broken_json)


def is_refusal(answer: Answer, ruling: Ruling, request: Request, response: Response, contract: Contract) -> bool:
    """Whether a router or a front answered, as it may, before the application saw the request.

    Its page may have any form; in the house style it is the general error, "anything else", or a code that is none of
    this endpoint's. A redirect to the cleaned path is its way as well, as Go's ServeMux answers a double slash.
    """
    if not ruling.bare:
        return _is_lowered(request, response)
    if request.facts.order is Order.DOTS and not answer.codes & contract.catalogue.keys():
        return answer.status < _SERVER_ERROR and not holds_check(answer)  # another resource answered, if it did
    if 300 <= answer.status <= 399:
        return _cleaned(response.header("location") or "").lower().endswith(_cleaned(request.target).lower())
    if answer.codes:
        known = answer.codes & contract.catalogue.keys()
        return known <= {contract.codes_by_trigger["other"]} and answer.status in ruling.general
    return answer.status in ruling.bare and not answer.is_broken_json  # no page is called JSON


def _is_lowered(request: Request, response: Response) -> bool:
    """Whether a front redirects to the same path in lower case, as some do before they look at anything else."""
    path = request.target.partition("?")[0]
    is_redirect = path != path.lower() and 300 <= response.status <= 399
    return is_redirect and (response.header("location") or "").partition("?")[0].endswith(path.lower())


def holds_check(answer: Answer) -> bool:
    """Whether an answer is a success of this endpoint, and not of any other."""
    return answer.is_success and {"name", "status"} <= answer.members.keys()


def _cleaned(target: str) -> str:
    """A target's path, decoded and cleaned."""
    try:
        return fronts.cleaned(unquote(urlsplit(target if "://" in target else f"http://host/{target}").path))
    except ValueError:
        return target


def describe(answer: Answer, response: Response) -> str:
    """An answer in a few words: its status, and its codes or what it is instead."""
    if answer.codes:
        return f"{answer.status} with {', '.join(map(named, sorted(answer.codes)[:_MOST_CODES]))}"
    if answer.is_success:
        return f"{answer.status}, a success"
    if location := response.header("location"):
        return f"{answer.status}, a redirect to {location}"
    if not response.body:
        return f"{answer.status} without a body"
    kind = answer.media_type or "a body of no media type"
    return f"{answer.status} with {kind}, neither a success nor an envelope of errors"
