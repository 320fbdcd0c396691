"""An exchange with everything that the checks ask of it, worked out once."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from attrs import frozen

from .answers import Answer
from .contract import Contract
from .exchange import Exchange, Response
from .oracle import Ruling, is_refusal, rule, understand, unjudged


@frozen(eq=False)
class Examined:
    """A judged exchange of the endpoint's own method, and what its answer claims to be."""

    exchange: Exchange
    response: Response
    answer: Answer
    ruling: Ruling
    contract: Contract
    refused: bool
    """A router or a front answered, as it may: the documents say nothing about the form."""

    @property
    def claims_success(self) -> bool:
        """A success is allowed and this claims to be one: its body has to be right."""
        return self.ruling.success and self.answer.is_2xx and not self.answer.is_error

    @property
    def claims_failure(self) -> bool:
        """A failure is allowed and this reports errors: its envelope has to be right."""
        reports = self.answer.is_error or (self.answer.has_member_errors and not self.answer.is_2xx)
        return self.ruling.failure and reports and not self.refused


def examine(exchanges: Iterable[Exchange], contract: Contract) -> Iterator[Examined]:
    """The exchanges that can be judged: a whole answer, not turned away for its rate, to a GET."""
    for exchange in exchanges:
        if (one := _examined(exchange, contract)) is not None:
            yield one


@lru_cache(maxsize=4096)
def _examined(exchange: Exchange, contract: Contract) -> Examined | None:
    """Remembered, since every case without a plan looks at every exchange of a run."""
    response = exchange.answer
    if not isinstance(response, Response) or exchange.request.facts.method != "GET" or unjudged(exchange, contract):
        return None
    answer = understand(response, contract)
    ruling = rule(exchange.request.facts, contract)
    refused = is_refusal(answer, ruling, exchange.request, response, contract)
    return Examined(exchange, response, answer, ruling, contract, refused)
