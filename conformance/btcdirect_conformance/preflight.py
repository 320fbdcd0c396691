"""Before the first case: is there a server of this API, and do the profile's own credentials work?

The hard part is whom to blame. A profile with a stale key must stop the run with one line instead of a hundred
findings; a server that refuses valid credentials must not pass for a bad profile. So the profile is blamed only if no
pair of credentials works, every answer is an error of the catalogue that speaks of a fixture in that very request, and
it says so again when asked again. Everything else is for the cases to judge.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from attrs import frozen

from .classify import read_facts
from .contract import Contract
from .coverage import codes_of
from .exchange import Exchange, Fault, FaultKind, Headers, Request, Response
from .facts import Fixtures
from .limits import NotSent
from .profile import Profile, ProfileError
from .session import Session
from .transport import Unreachable

ASSURANCE = 3
"""How often every pair has to be refused before the profile is blamed; one bad node in a pool refuses now and then."""

_ANY_ORDER = "1"


@frozen
class Pair:
    """Credentials that should get a success, by the name of the client's fixture."""

    fixture: str
    request: Request


def pairs(fixtures: Fixtures, contract: Contract) -> tuple[Pair, ...]:
    """Every pair of valid credentials that the profile can make, for the owned order."""
    if not (fixtures.user_token and fixtures.owned):
        return ()
    user = ("User-Authorization", f"Bearer {fixtures.user_token}")
    methods: list[tuple[str, str, str]] = []
    if fixtures.api_key:
        methods.append(("credentials.api_key", "X-Api-Key", fixtures.api_key))
    if fixtures.client_token:
        methods.append(("credentials.client_token", "Authorization", f"Bearer {fixtures.client_token}"))
    return tuple(
        Pair(fixture, _request(fixtures.owned, ((name, value), user), fixtures, contract))
        for fixture, name, value in methods
    )


def blamed(exchange: Exchange, fixture: str, contract: Contract) -> Mapping[str, str]:
    """The fixtures that an answer to a pair speaks of, with its codes; empty unless it speaks of nothing else.

    Args:
        exchange: The pair's request and its answer.
        fixture: The client's fixture in it.
        contract: Gives the codes.
    """
    answer = exchange.answer
    if not isinstance(answer, Response) or not 400 <= answer.status < 500:
        return {}
    speaks_of = {
        "api-key.invalid": "credentials.api_key",
        "client-token.invalid": "credentials.client_token",
        "client-token.expired": "credentials.client_token",
        "user-token.invalid": "credentials.user_token",
        "order-id.not-a-number": "orders.owned",
        "order.unknown": "orders.owned",
        "order.foreign": "orders.owned",
    }
    present = {fixture, "credentials.user_token", "orders.owned"}
    found: dict[str, str] = {}
    for code in codes_of(exchange, contract):
        named = speaks_of.get(contract.catalogue[code].trigger.value, "")
        if named not in present:
            return {}
        found[named] = code
    return found


def foreign(answer: Response | Fault) -> str:
    """What shows that this answer comes from something else than the API; empty if nothing does."""
    if isinstance(answer, Fault):
        no_http = answer.kind is FaultKind.PROTOCOL and answer.body and not answer.body.startswith(b"HTTP/")
        return "what answers there is not HTTP" if no_http else ""
    if 300 <= answer.status < 400:
        place = urlsplit(answer.header("Location") or "")
        there = f" to {place.scheme}://{place.hostname}" if place.hostname else ""
        return f"it redirects{there}"
    if answer.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return f"it answers with a web page (status {answer.status}): a captive portal, a proxy, or another host"
    if answer.status == 404 and b'"errors"' not in answer.body:
        return "it has no such endpoint (status 404): is base_url right?"
    return ""


async def check(session: Session, profile: Profile, contract: Contract) -> tuple[str, ...]:
    """Asks the target with every valid pair, and once without credentials.

    Returns:
        Notes for the report.

    Raises:
        Unreachable: Nothing there speaks this API.
        ProfileError: No pair works, and the answers say which fixture is to blame.
    """
    await session.transport.reach()
    tried = pairs(profile.fixtures, contract)
    stranger = _request(profile.fixtures.owned or _ANY_ORDER, (), profile.fixtures, contract)
    try:
        answered = [await session.send(pair.request) for pair in tried]
        others = [*answered, await session.send(stranger)]
        reasons = [foreign(exchange.answer) for exchange in others]
        if all(reasons):
            raise Unreachable(f"no BTC Direct API at {profile.base_url}: {reasons[0]}")
        verdicts = [blamed(exchange, pair.fixture, contract) for pair, exchange in zip(tried, answered, strict=True)]
        if verdicts and all(verdicts):
            verdicts = await _assured(session, tried, verdicts, contract)
        if verdicts and all(verdicts):
            raise ProfileError(tuple(_problems(verdicts, contract)))
    except NotSent as reason:
        return (f"The credentials could not be checked before the run: {reason}.",)
    return _notes(tried, verdicts)


async def _assured(
    session: Session, tried: Sequence[Pair], verdicts: list[Mapping[str, str]], contract: Contract
) -> list[Mapping[str, str]]:
    for _ in range(ASSURANCE - 1):
        for at, pair in enumerate(tried):
            if not (again := blamed(await session.send(pair.request), pair.fixture, contract)):
                verdicts[at] = again
                return verdicts
    return verdicts


def _problems(verdicts: Sequence[Mapping[str, str]], contract: Contract) -> list[str]:
    found = {fixture: code for verdict in verdicts for fixture, code in verdict.items()}
    return [
        f"{fixture}: the target answers {code} to it ({contract.catalogue[code].message.value})"
        for fixture, code in sorted(found.items())
    ]


def _notes(tried: Sequence[Pair], verdicts: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    if not tried:
        return (
            "The profile has no pair of valid credentials with an order of that user, so no success was asked for.",
        )
    return tuple(
        f"{pair.fixture} was refused ({', '.join(verdict.values())}) while the other client authorization was not. "
        f"That is judged as a deviation of the target; if the profile's value is wrong, correct it and run again."
        for pair, verdict in zip(tried, verdicts, strict=True)
        if pair.fixture in verdict
    )


def _request(order: str, headers: Headers, fixtures: Fixtures, contract: Contract) -> Request:
    target = contract.path.format(id=order)
    facts = read_facts("GET", target, headers, fixtures)
    if facts is None:  # pragma: no cover - the classifier knows the endpoint's own path
        raise AssertionError(target)
    return Request("GET", target, headers, facts)
