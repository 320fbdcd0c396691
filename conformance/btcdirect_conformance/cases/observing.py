"""INFO cases: what a server does where the documents leave it open, one case for each question of the catalogue.

They report and never judge. An observation is a violation of nothing; it stands in ``actual``.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange
from btcdirect_conformance.facts import Order
from btcdirect_conformance.judgement.answers import members, named, shown
from btcdirect_conformance.judgement.examined import Examined, examine
from btcdirect_conformance.judgement.oracle import describe
from btcdirect_conformance.judgement.violation import Violation
from btcdirect_conformance.verdict import Level, Statement

from .case import Case, Judge

Observe = Callable[[Sequence[Examined]], Iterable[str]]

_LONGEST_ID = 24
_NUMBERS = (
    Order.OPEN,
    Order.OTHER_SPELLING,
    Order.MORE_SLASHES,
    Order.LEADING_ZEROS,
    Order.FOREIGN_OTHER_SPELLING,
    Order.ODD_NUMBER,
    Order.ENCODED_DIGITS,
)


def observing_cases(contract: Contract) -> Iterator[Case]:
    """One case a question."""
    for question in contract.undocumented.values():
        yield Case(
            id=f"open.{question.id}",
            level=Level.INFO,
            title=question.question,
            statement=Statement(question.known, "assumed"),
            judge=_reported(f"open.{question.id}", OBSERVATIONS[question.id]),
        )


def _reported(rule: str, observe: Observe) -> Judge:
    def judge(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
        judged = examine(exchanges, contract)
        return [Violation(rule, "left open", seen, judged[0].exchange) for seen in observe(judged)] if judged else ()

    return judge


def _grouped(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    groups: dict[str, dict[str, None]] = {}
    for name, value in pairs:
        groups.setdefault(name, {})[value] = None
    for name in sorted(groups):
        yield f"{name}: {', '.join(groups[name])}"


def _statuses(judged: Sequence[Examined]) -> Iterable[str]:
    def pairs() -> Iterator[tuple[str, str]]:
        for one in judged:
            if len(one.answer.codes) == 1 and one.answer.codes <= one.contract.catalogue.keys():
                yield next(iter(one.answer.codes)), str(one.answer.status)
            elif one.answer.is_success:
                yield "success", str(one.answer.status)

    return _grouped(pairs())


def _precedence(judged: Sequence[Examined]) -> Iterable[str]:
    """Which kind of mistake is told first where a request makes mistakes of two kinds."""
    first: Counter[tuple[str, str]] = Counter()
    several = 0
    category = {code: row.category.value for code, row in judged[0].contract.catalogue.items()}
    alike = Counter((one.answer.codes, one.ruling) for one in judged if one.answer.codes)
    for (codes, ruling), times in alike.items():
        if len(ruling.codes) != 1 or ruling.success or not ruling.allows(codes):
            continue
        told = {category[code] for code in codes}
        both = {category[code] for code in ruling.codes[0]}
        several += times * (len(told) > 1)
        for other in both - told if len(told) == 1 else ():
            first[min(told), other] += times
    if several:
        yield f"several errors at once in {several} answers"
    for (told_first, other), times in sorted(first.items()):
        yield f"{told_first} before {other}: {times} of {times + first[other, told_first]}"


def _no_client(judged: Sequence[Examined]) -> Iterable[str]:
    return _described(judged, {"client-token.missing", "api-key.missing"})


def _missing_id(judged: Sequence[Examined]) -> Iterable[str]:
    return _described(judged, {"order-id.missing"})


def _described(judged: Sequence[Examined], triggers: set[str]) -> Iterable[str]:
    """The answers to requests that pull just these triggers."""
    codes = frozenset(judged[0].contract.codes_by_trigger[name] for name in triggers)
    return sorted(
        {
            describe(one.answer, one.response)
            for one in judged
            if one.ruling.codes == (codes,) and not one.exchange.request.facts.refusable
        }
    )


def _numbers(judged: Sequence[Examined]) -> Iterable[str]:
    def pairs() -> Iterator[tuple[str, str]]:
        for one in judged:
            if one.exchange.request.facts.order in _NUMBERS and len(one.ruling.codes) + one.ruling.success > 1:
                status = "success" if one.answer.is_success else str(one.answer.status)
                segment = one.exchange.request.target.partition("/buy/")[2].partition("/")[0]
                yield ", ".join(map(named, sorted(one.answer.codes))) or status, repr(unquote(segment)[:_LONGEST_ID])

    return _grouped(pairs())


def _values(judged: Sequence[Examined]) -> Iterable[str]:
    successes = [one.answer.members for one in judged if one.answer.is_success]
    return _grouped(
        (name, shown(body[name])) for body in successes for name in ("name", "type", "status") if name in body
    )


def _data_keys(judged: Sequence[Examined]) -> Iterable[str]:
    seen = Counter[str]()
    for one in judged:
        if one.answer.is_success:
            data = members(one.answer.members.get("data"))
            keys = ", ".join(map(named, sorted(data))) or "no keys" if data is not None else "no data"
            seen[f"{keys} with status {shown(one.answer.members.get('status'))}"] += 1
    return [f"{keys}: {times} times" for keys, times in sorted(seen.items())]


OBSERVATIONS: Mapping[str, Observe] = {
    "exact-status": _statuses,
    "precedence": _precedence,
    "no-client-credentials": _no_client,
    "number-grammar": _numbers,
    "missing-id": _missing_id,
    "status-values": _values,
    "data-keys": _data_keys,
}
