"""A case as a record: what it rests on, what it sends, how it is judged."""

from collections.abc import Callable, Sequence

from attrs import frozen

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange, Request
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.judgement.violation import Violation
from btcdirect_conformance.verdict import Level, Statement

Plan = Callable[[Fixtures], Sequence[Request]]
"""Pure. No requests: these fixtures cannot show the thing (a secret without letters has no other case)."""

Then = Callable[[Sequence[Exchange], Fixtures], Sequence[Request]]
"""Pure. What else to ask, from what was answered; mostly nothing."""

Judge = Callable[[Sequence[Exchange], Contract], Sequence[Violation]]
"""Pure and total: whatever bytes arrived, it does not raise. An INFO case says in ``actual`` what it observed."""


@frozen
class Case:
    """One thing that the documents say, and how it is checked."""

    id: str
    level: Level
    title: str
    statement: Statement
    judge: Judge
    """Gets the exchanges that the plan led to; without a plan, every exchange of the run."""
    plan: Plan | None = None
    then: Then | None = None
    """Gets the exchanges that the plan led to, before they are judged with those that it adds."""
    needs: tuple[str, ...] = ()
    """Fixtures as they stand in a profile (``orders.foreign``), or alternatives joined by `` or ``."""
    alone: bool = False
    """Nothing else is sent meanwhile, and it comes after the others: what is asked follows in a row."""
    safe: bool = True
    """Whether it sends only safe methods (RFC 9110, section 9.2.1)."""
