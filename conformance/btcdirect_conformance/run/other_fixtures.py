"""Are the fixtures beside the valid pair what the profile says? Asked once that pair got its success.

A fixture is blamed only if the answers to several requests, each asked several times, are all as documented once that
fixture is taken for something else, among them answers that show that the target tells such things apart. A target
that is wrong about the one thing gives itself away in another:

- ``orders.foreign`` does not exist if its owner is told so as well, while the owner is refused the other user's order.
  A target that only tells the wrong code gives the owner a success.
- ``orders.unknown`` exists if it is answered as an order while other numbers of its kind are answered as unknown.
- ``credentials.other_user_token`` is not valid if it is refused whatever it asks for.

What no question can tell apart (one client authorization refused and not the other, an expired token that is taken, a
foreign order that is reported as unknown where no owner can be asked) is judged as the target's, with a doubt.
"""

import secrets
from collections.abc import Sequence

from attrs import evolve

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.conversation.session import ROUNDS, Session
from btcdirect_conformance.exchange import Exchange, Request, Response
from btcdirect_conformance.facts import Fixtures, Order
from btcdirect_conformance.judgement.doubts import (
    NO_FOREIGN,
    OTHER_IS_INVALID,
    UNKNOWN_IS_FOREIGN,
    UNKNOWN_IS_OWNED,
    Doubt,
)
from btcdirect_conformance.judgement.oracle import codes_of, describe, is_as_documented, is_success, understand
from btcdirect_conformance.profile import ProfileError

from .successes import Pair, of_user, request


async def check(session: Session, fixtures: Fixtures, works: Pair, contract: Contract) -> None:
    """Asks with the other user's token and for the other orders, each once; more often if an answer is a surprise.

    Args:
        session: The run's.
        fixtures: The profile's.
        works: A pair that got its success.
        contract: Gives the codes.

    Raises:
        NotSent: A limit ended it.
        ProfileError: A fixture is not what the profile says.
    """
    if works.user == "credentials.other_user_token":
        return
    client, user = works.asks.headers
    if fixtures.other_user_token and fixtures.foreign and fixtures.owned:
        other = (client, of_user(fixtures.other_user_token))
        own = request(fixtures.foreign, other, fixtures, contract)
        owned = request(fixtures.owned, other, fixtures, contract)
        foreign = request(fixtures.foreign, (client, user), fixtures, contract)
        if not is_as_documented(await session.send(own), contract):
            await _blame(session, OTHER_IS_INVALID, (own, owned), contract)
            await _blame(session, NO_FOREIGN, (own, owned, foreign), contract)
    if fixtures.unknown:
        unknown = request(fixtures.unknown, (client, user), fixtures, contract)
        if not is_as_documented(await session.send(unknown), contract):
            numbers = _numbers_like(fixtures.unknown, (fixtures.owned, fixtures.foreign))
            controls = [_unknown(request(number, (client, user), fixtures, contract)) for number in numbers]
            for doubt in (UNKNOWN_IS_OWNED, UNKNOWN_IS_FOREIGN):
                await _blame(session, doubt, (unknown,), contract, controls)


async def whose(session: Session, fixtures: Fixtures, refused: Pair, contract: Contract) -> tuple[str, ...]:
    """What else is known of an owned order that is refused, for the user who mends the profile."""
    client, user = refused.asks.headers
    if refused.order != "orders.owned":
        return ()
    found: list[str] = []
    if fixtures.other_user_token:
        other = (client, of_user(fixtures.other_user_token))
        if is_success(await session.send(request(str(fixtures.owned), other, fixtures, contract)), contract):
            found.append("orders.owned: it belongs to credentials.other_user_token")
    if fixtures.foreign:
        foreign = request(fixtures.foreign, (client, user), fixtures, contract)
        if is_success(await session.send(foreign), contract):
            found.append("orders.foreign: it belongs to credentials.user_token")
    return tuple(found)


async def _blame(
    session: Session, doubt: Doubt, questions: Sequence[Request], contract: Contract, controls: Sequence[Request] = ()
) -> None:
    """Asks until an answer speaks against the doubt, or to a control is not as documented; raises if none is so."""
    codes: set[str] = set()
    for _ in range(ROUNDS):
        for question in questions:
            exchange = await session.send(question)
            if not doubt.explains(exchange, contract):
                return
            if doubt.reads(question.facts) is not None:
                codes.update(codes_of(exchange, contract) or (session.redactor.sentence(_told(exchange, contract)),))
        for control in controls:
            if not is_as_documented(await session.send(control), contract):
                return
    answers = " and ".join(sorted(codes))
    raise ProfileError((f"{doubt.fixture}: it {doubt.says}; the target answers {answers} to it",))


def _told(exchange: Exchange, contract: Contract) -> str:
    """What an answer without a code of the catalogue is."""
    answer = exchange.answer
    if is_success(exchange, contract) or not isinstance(answer, Response):
        return "a success"
    return describe(understand(answer, contract), answer)


def _numbers_like(unknown: str, known: Sequence[str | None]) -> tuple[str, ...]:
    """Other numbers of as many digits, that begin alike if there are enough of them."""
    kept = unknown[: max(1, len(unknown) - 4)]
    drawn: set[str] = set()
    while len(drawn) < ROUNDS:
        number = kept + "".join(secrets.choice("0123456789") for _ in range(max(4, len(unknown)) - len(kept)))
        if number not in (unknown, *known):
            drawn.add(number)
    return tuple(drawn)


def _unknown(number: Request) -> Request:
    """A number that no order has, most likely; if one has, the answer speaks against the doubt."""
    return evolve(number, facts=evolve(number.facts, order=Order.UNKNOWN))
