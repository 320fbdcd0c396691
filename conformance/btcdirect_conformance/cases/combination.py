"""A state of every factor, the request that it makes, and the case in which the oracle judges the answer.

A case's title says what it sends and what the oracle allows; its sentence is the catalogue's text of the codes that
apply. So neither can drift from what is asserted.
"""

from collections.abc import Sequence

from attrs import frozen

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange, Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.judgement.classify import read_facts
from btcdirect_conformance.judgement.oracle import Ruling, judge, rule
from btcdirect_conformance.judgement.violation import Violation
from btcdirect_conformance.transport.wire import ACCEPT
from btcdirect_conformance.verdict import Level, Statement

from . import factors, order_ids
from .case import Case, Plan
from .order_ids import OrderId
from .states import State

SAMPLE = Fixtures(
    api_key="Sample-Api-Key",
    client_token="Sample-Client-Token",  # noqa: S106  a name in its own place
    expired_client_token="Sample-Expired-Client-Token",  # noqa: S106
    user_token="Sample-User-Token",  # noqa: S106
    other_user_token="Sample-Other-User-Token",  # noqa: S106
    owned="480213",
    foreign="480377",
    unknown="99120045",
)
"""Stands for a profile where a case is described before one is known."""

_SUCCESS_STATEMENT = Statement(
    text="The response contains the liveness check status for the order.", source="endpoint-page"
)


@frozen
class Combination:
    """A state of every factor."""

    client: State = factors.BY_ANY
    user: State = factors.VALID_USER
    order: OrderId = order_ids.OWNED_ORDER

    @property
    def needs(self) -> tuple[str, ...]:
        """The fixtures of all its states, each once."""
        return tuple(dict.fromkeys((*self.client.needs, *self.user.needs, *self.order.needs)))

    def request(self, fixtures: Fixtures, path: str, method: str = "GET") -> Request | None:
        """The request, or ``None`` if the fixtures cannot show one of its states."""
        client, user, segment = self.client.fields(fixtures), self.user.fields(fixtures), self.order.segment(fixtures)
        if client is None or user is None or segment is None:
            return None
        target, headers = path.replace("{id}", segment), (ACCEPT, *client, *user)
        facts = read_facts(method, target, headers, fixtures)
        return None if facts is None else Request(method, target, headers, facts)

    def plan(self, path: str, times: int = 1, method: str = "GET") -> Plan:
        """Sends the request so many times."""

        def plan(fixtures: Fixtures) -> Sequence[Request]:
            request = self.request(fixtures, path, method)
            return () if request is None else (request,) * times

        return plan

    def ruling(self, contract: Contract) -> Ruling:
        """What may answer it, by the sample's fixtures."""
        request = self.request(SAMPLE, contract.path)
        assert request is not None, "the sample's fixtures show every state"  # noqa: S101
        return rule(request.facts, contract)


def answers(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
    """The oracle's judgement of every exchange."""
    return [violation for exchange in exchanges for violation in judge(exchange, contract)]


def no_success(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
    """The oracle's judgement of every success that is not due, and of nothing else."""
    return [
        violation
        for violation in answers(exchanges, contract)
        if isinstance(violation.exchange.answer, Response) and violation.exchange.answer.status < 300
    ]


def sentence(ruling: Ruling, contract: Contract) -> Statement:
    """The catalogue's texts of the codes that may answer, or the page's sentence on success."""
    codes = sorted(ruling.applicable)
    if not codes:
        return _SUCCESS_STATEMENT
    rows = [contract.catalogue[code] for code in codes]
    if len(rows) == 1:
        return Statement(f"{rows[0].message.value} {rows[0].solution.value}", rows[0].message.source)
    return Statement(" / ".join(row.message.value for row in rows), rows[0].message.source)


def case(slug: str, title: str, combination: Combination, contract: Contract, times: int = 1) -> Case:
    """A case that sends a combination and has the oracle judge the answer."""
    ruling = combination.ruling(contract)
    repeated = f", {times} times" if times > 1 else ""
    return Case(
        id=slug,
        level=Level.MUST,
        title=f"{title}{repeated}: {ruling}",
        statement=sentence(ruling, contract),
        judge=answers,
        plan=combination.plan(contract.path, times),
        needs=combination.needs,
    )
