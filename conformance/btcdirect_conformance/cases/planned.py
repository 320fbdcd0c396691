"""Cases that send something: a combination of states each, built from the tables of states."""

from collections.abc import Iterator, Sequence
from itertools import product

from attrs import evolve

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange, Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.judgement.oracle import understand, unjudged
from btcdirect_conformance.judgement.violation import ANSWER, Violation

from . import factors, fields, order_ids
from .case import Case, Plan
from .combination import Combination, answers, case, no_success
from .fields import Writing
from .order_ids import OrderId
from .states import State


def first_cases(contract: Contract) -> Iterator[Case]:
    """Success, then one factor wrong at a time, each code once: what shows most by the fewest requests."""
    yield case("success.api-key", "Nothing wrong, by API key", Combination(client=factors.BY_KEY), contract)
    yield _client(factors.TOKEN_EXPIRED, contract)
    yield _order(order_ids.FOREIGN, contract)
    yield _order(order_ids.UNKNOWN, contract)
    yield _order(order_ids.TEXT, contract)
    for user in (factors.NO_USER, factors.USER_INVALID):
        yield _user(user, contract)
    for client in (factors.TOKEN_INVALID, factors.KEY_INVALID, factors.BOTH, factors.NO_CLIENT):
        yield _client(client, contract)
    yield _order(order_ids.MISSING, contract)
    yield case("success.client-token", "Nothing wrong, by client token", Combination(client=factors.BY_TOKEN), contract)
    yield _user(factors.OTHER, contract)
    yield case(
        "success.other-user",
        "Another user's own order",
        Combination(user=factors.OTHER, order=order_ids.FOREIGN),
        contract,
    )
    yield case(
        "success.other-user-client-token",
        "Another user's own order, by client token",
        Combination(client=factors.BY_TOKEN, user=factors.OTHER, order=order_ids.FOREIGN),
        contract,
    )


def near_cases(contract: Contract) -> Iterator[Case]:
    """The relations of those faults: near misses of a valid secret, secrets in each other's place, empty fields."""
    first = ("client-truncated", "client-extended", "key-extended", "user-extended", "both-invalid-token")
    states = [*factors.CLIENT_RELATIONS, *factors.USER_RELATIONS]
    for state in sorted(states, key=lambda state: state.slug not in first):
        yield _client(state, contract) if state in factors.CLIENT_RELATIONS else _user(state, contract)


def grammar_cases(contract: Contract) -> Iterator[Case]:
    """Order ids that are no number, or not for sure."""
    for order in order_ids.GRAMMAR:
        sent = case(f"order.grammar.{order.slug}", order.title, Combination(order=order), contract)
        yield sent if order is not order_ids.WRAPS else _beside(order_ids.BESIDE_WRAPS, sent, contract)


def _beside(neighbour: OrderId, sent: Case, contract: Contract) -> Case:
    """A case of a number that may be an order's, and of the next one, which shows whether it is by chance.

    Nobody can tell which numbers are orders. But who has one at just this distance, and none beside it, cuts numbers.
    """
    beside = Combination(order=neighbour).plan(contract.path)

    def plan(fixtures: Fixtures) -> Sequence[Request]:
        return () if sent.plan is None else (*sent.plan(fixtures), *beside(fixtures))

    title = f"{sent.title.partition(':')[0]}, and the next one: no success for the first alone"
    return evolve(sent, title=title, plan=plan, judge=_alone_found)


def _alone_found(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
    found = answers(exchanges, contract)
    if found or len(exchanges) < 2 or any(unjudged(one, contract) for one in exchanges):
        return found
    first, beside = (understand(one.answer, contract) for one in exchanges if isinstance(one.answer, Response))
    exists = contract.codes_by_trigger["order.foreign"]
    if not first.is_success or beside.is_success or exists in beside.codes:
        return ()
    unknown = contract.codes_by_trigger["order.unknown"]
    return [Violation(ANSWER, f"{unknown}, as for the next number", f"{first.status}, a success", exchanges[0])]


def token_cases(contract: Contract) -> Iterator[Case]:
    """The faults of user and order, alone and together, with the other method of client authorization."""
    near = (_user_state("user-truncated"), _user_state("user-extended"))
    for user in (*factors.USER_FAULTS, *near):
        yield _together("pair", Combination(client=factors.BY_TOKEN, user=user), contract)
    for order in (*order_ids.ORDER_FAULTS, _no_number("trailing-text"), _no_number("hex")):
        yield _together("pair", Combination(client=factors.BY_TOKEN, order=order), contract)
    for user, order in product((factors.NO_USER, factors.USER_INVALID), order_ids.APPLICATION_FAULTS):
        yield _together("triple", Combination(factors.BY_TOKEN, user, order), contract)


def pair_cases(contract: Contract) -> Iterator[Case]:
    """Every two of the faults together."""
    for client in (*factors.CLIENT_FAULTS, factors.BOTH_INVALID_TOKEN):
        for user in factors.USER_FAULTS:
            yield _together("pair", Combination(client=client, user=user), contract)
        for order in order_ids.ORDER_FAULTS:
            yield _together("pair", Combination(client=client, order=order), contract)
    for user in factors.USER_FAULTS:
        for order in order_ids.ORDER_FAULTS:
            # That is success.other-user, and a missing id is anybody's.
            if user is not factors.OTHER or order not in (order_ids.FOREIGN, order_ids.MISSING):
                yield _together("pair", Combination(user=user, order=order), contract)
    for client, user, order in (
        (factors.BOTH, _user_state("user-blank"), order_ids.OWNED_ORDER),
        (factors.BY_ANY, _user_state("user-api-key"), order_ids.FOREIGN),
    ):
        yield _together("pair", Combination(client, user, order), contract)


def triple_cases(contract: Contract) -> Iterator[Case]:
    """Every three of the faults that each bring a code of their own."""
    users = (factors.NO_USER, factors.USER_INVALID)
    for client, user, order in product(factors.CLIENT_FAULTS, users, order_ids.APPLICATION_FAULTS):
        yield _together("triple", Combination(client, user, order), contract)


def exchanged_cases(contract: Contract) -> Iterator[Case]:
    """Credentials in each other's place, where one alone would be refused for what is missing."""
    swapped = Combination(factors.CLIENT_USER_TOKEN, factors.USER_CLIENT_TOKEN)
    yield case("auth.exchanged", "The client's and the user's token in each other's place", swapped, contract)
    alone = Combination(factors.BOTH_USER_TOKEN, factors.NO_USER)
    yield case("auth.user.in-authorization", "The user's token in Authorization, beside an API key", alone, contract)
    identified = case("auth.user.identifier", "", Combination(user=factors.USER_IDENTIFIER), contract)
    # Other endpoints know this field, so its refusal may have a code that is none of this endpoint's.
    title = "A made-up User-Identifier instead of a user token: no success"
    yield evolve(identified, title=title, judge=no_success)
    twice = case("auth.key.twice", "", Combination(client=factors.KEY_TWICE), contract)
    # Two keys may be an invalid one, or more than one method.
    yield evolve(twice, title=f"{factors.KEY_TWICE.title}: no success", judge=no_success)


def other_users_cases(contract: Contract) -> Iterator[Case]:
    """What a request of the second user, for the order that is really his, must not get past."""
    for client in (*factors.CLIENT_FAULTS, factors.BOTH_INVALID_TOKEN, factors.BOTH_INVALID_KEY):
        combination = Combination(client=client, user=factors.OTHER, order=order_ids.FOREIGN)
        slug = f"pair.{client.slug}+other-users-own-order"
        yield case(slug, f"{client.title}, {factors.OTHER.title}, his own order", combination, contract)
    for user in factors.OTHER_NEAR_MISSES:
        near = Combination(user=user, order=order_ids.FOREIGN)
        yield case(f"auth.user.{user.slug.removeprefix('user-')}", user.title, near, contract)
    for client in (factors.BY_TOKEN, factors.TOKEN_EXPIRED):
        yield _together("triple", Combination(client, factors.OTHER, order_ids.UNKNOWN), contract)


def field_cases(contract: Contract) -> Iterator[Case]:
    """Header fields that are no factor."""
    nothing, no_user = Combination(), Combination(user=factors.NO_USER)
    unknown = Combination(order=order_ids.UNKNOWN)
    for slug, title, combination, writing in (
        ("language", "Other languages asked for", no_user, fields.other_languages),
        # Errors come from more than one place, and some of these make pages for whoever does not ask for JSON.
        ("any-media-type", "Any media type asked for", no_user, fields.any_media_type),
        ("any-media-type-unknown", "Any media type asked for, and an unknown order", unknown, fields.any_media_type),
        ("identity", "No content coding asked for", nothing, fields.no_content_coding),
        ("conditional", "No user token, and a condition", no_user, fields.conditional),
        ("lower-case-fields", "Field names in lower case", nothing, fields.lower_case),
    ):
        sent = case(f"request.{slug}", title, combination, contract)
        yield evolve(sent, plan=_written(combination, writing, contract))


def _written(combination: Combination, writing: Writing, contract: Contract) -> Plan:
    """A combination, its header fields written in another way."""

    def plan(fixtures: Fixtures) -> Sequence[Request]:
        request = combination.request(fixtures, contract.path)
        return () if request is None else (evolve(request, headers=writing(request.headers)),)

    return plan


def repeat_cases(contract: Contract) -> Iterator[Case]:
    """One request many times: a bad node in a pool, an expired token taken now and then."""
    repeated = (
        ("expired", "An expired client token", Combination(client=factors.TOKEN_EXPIRED), 10),
        ("success", "Nothing wrong", Combination(), 8),
        ("foreign", "Somebody else's order", Combination(order=order_ids.FOREIGN), 3),
        ("user-invalid", "An invalid user token", Combination(user=factors.USER_INVALID), 2),
        ("both", "Two client authorizations", Combination(client=factors.BOTH), 2),
        ("negative", "A negative order id", Combination(order=order_ids.OPEN_NUMBERS[0]), 2),
    )
    for slug, title, combination, times in repeated:
        yield evolve(case(f"repeat.{slug}", title, combination, contract, times), alone=True)


def late_cases(contract: Contract) -> Iterator[Case]:
    """The plainest requests once more, after all the wrong ones: who counts failures may have come to another mind."""
    late = (
        ("client-invalid", "A client token that was never issued", Combination(client=factors.TOKEN_INVALID)),
        ("key-invalid", "An API key that was never issued", Combination(client=factors.KEY_INVALID)),
        ("user-invalid", "A user token that was never issued", Combination(user=factors.USER_INVALID)),
        ("foreign", "Somebody else's order", Combination(order=order_ids.FOREIGN)),
        ("unknown", "A number that no order has", Combination(order=order_ids.UNKNOWN)),
        ("success", "Nothing wrong", Combination()),
    )
    for slug, title, combination in late:
        yield evolve(case(f"late.{slug}", f"{title}, after all other cases", combination, contract), alone=True)


def _user_state(slug: str) -> State:
    return next(state for state in factors.USER_RELATIONS if state.slug == slug)


def _no_number(slug: str) -> OrderId:
    return next(order for order in order_ids.NO_NUMBERS if order.slug == slug)


def _client(state: State, contract: Contract) -> Case:
    return _authorized(state, Combination(client=state), contract)


def _user(state: State, contract: Contract) -> Case:
    return _authorized(state, Combination(user=state), contract)


def _authorized(state: State, combination: Combination, contract: Contract) -> Case:
    return case(f"auth.{state.slug.replace('-', '.', 1)}", state.title, combination, contract)


def _order(order: OrderId, contract: Contract) -> Case:
    return case(f"order.{order.slug.removeprefix('order-')}", order.title, Combination(order=order), contract)


def _together(kind: str, combination: Combination, contract: Contract) -> Case:
    """The case of several states that are not the usual ones; its id has their names."""
    states = [
        state
        for state in (combination.client, combination.user, combination.order)
        if state not in (factors.BY_ANY, factors.VALID_USER, order_ids.OWNED_ORDER)
    ]
    slug = "+".join(state.slug for state in states)
    return case(f"{kind}.{slug}", ", ".join(state.title for state in states), combination, contract)
