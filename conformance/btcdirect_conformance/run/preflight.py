"""Before the first case: is there a server of this API, and do the profile's own credentials work?

The hard part is whom to blame. A profile with a stale key must stop the run with one line instead of a hundred
findings; a server that refuses valid credentials must not pass for a bad profile. So the profile is blamed only if no
pair of credentials works, every answer is an error of the catalogue that speaks of a fixture in that very request, and
it says so again when asked again. Then the other fixtures are looked at (``other_fixtures``). Everything else is for
the cases to judge.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.conversation.limits import NotSent
from btcdirect_conformance.conversation.session import ROUNDS, Session
from btcdirect_conformance.exchange import Exchange, Fault, FaultKind, Request, Response
from btcdirect_conformance.judgement.answers import GATEWAY
from btcdirect_conformance.judgement.oracle import codes_of, is_success
from btcdirect_conformance.profile import Profile, ProfileError
from btcdirect_conformance.transport.sockets import Unreachable

from . import other_fixtures
from .expiry import expiry, in_words
from .successes import Pair, pairs, request

A_RUN = 400
"""About how many requests a run takes at most."""

SPARE = 30.0
"""Seconds that a run may take beside its requests."""

FRESH = 300.0
"""Seconds of a token's life that are enough for any run: no more can be asked of one that lives an hour."""

STARTING = 1.0, 1.0, 2.0, 3.0, 4.0, 4.0
"""Seconds between the first requests to a gateway that has nothing behind it yet."""

_ANY_ORDER = "1"
_HTTP = b"HTTP/"
_TLS_ALERT = b"\x15\x03"


def blamed(exchange: Exchange, pair: Pair, contract: Contract) -> Mapping[str, str]:
    """The fixtures that an answer to a pair speaks of, with its codes; empty unless it speaks of nothing else."""
    answer = exchange.answer
    if not isinstance(answer, Response) or not 400 <= answer.status < 500:
        return {}
    speaks_of = {
        "api-key.invalid": "credentials.api_key",
        "client-token.invalid": "credentials.client_token",
        "client-token.expired": "credentials.client_token",
        "user-token.invalid": pair.user,
        "order-id.not-a-number": pair.order,
        "order.unknown": pair.order,
        "order.foreign": pair.order,
    }
    found: dict[str, str] = {}
    for code in codes_of(exchange, contract):
        named = speaks_of.get(contract.catalogue[code].trigger.value, "")
        if named not in pair.fixtures:
            return {}
        found[named] = code
    return found


def no_api(answer: Response | Fault) -> str:
    """What shows that this answer comes from something else than the API; empty if nothing does."""
    if isinstance(answer, Fault):
        return _no_http(answer)
    if 300 <= answer.status < 400:
        return f"it redirects{_where(answer.header('Location') or '')}"
    if answer.status == 400 and b"https" in answer.body.lower() and b'"errors"' not in answer.body:
        return "it wants TLS: base_url begins with https there"
    if is_gateway(answer):
        return f"a gateway answers that nothing is behind it (status {answer.status})"
    if _is_page(answer):
        return f"it answers with a web page (status {answer.status}): a captive portal, a proxy, or another host"
    if answer.status == 404 and b'"errors"' not in answer.body:
        return "it has no such endpoint (status 404): is base_url right?"
    return ""


def _where(location: str) -> str:
    try:
        place = urlsplit(location)
    except ValueError:  # brackets without an IPv6 address
        return ""
    return f" to {place.scheme}://{place.hostname}" if place.hostname else ""


def _no_http(fault: Fault) -> str:
    start = fault.body[: len(_HTTP)]
    if fault.status is not None or (start and _HTTP.startswith(start)):
        return ""
    if start.startswith(_TLS_ALERT):
        return "it wants TLS: base_url begins with https there"
    if start:
        return "what answers there is not HTTP"
    if fault.kind is FaultKind.TIMEOUT:
        return f"it takes connections and never answers ({fault.detail})"
    closes = fault.kind is FaultKind.CONNECTION
    return "it closes every connection without an answer; is the scheme of base_url right?" if closes else ""


def _is_page(answer: Response) -> bool:
    """Whether it is a page for people, and not the API's JSON behind a framework's notice, or its errors in XML."""
    is_html = "html" in (answer.header("Content-Type") or "html").lower()
    speaks = any(name in answer.body for name in (b'"errors"', b'"status"'))
    return is_html and not speaks and answer.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def is_gateway(answer: Response | Fault) -> bool:
    """Whether a gateway says that the API itself is not there, or not yet."""
    return isinstance(answer, Response) and answer.status in GATEWAY and b'"errors"' not in answer.body


async def check(session: Session, profile: Profile, contract: Contract) -> tuple[str, ...]:
    """Asks the target with every valid pair, and once without credentials; then about the other fixtures.

    Returns:
        Notes for the report.

    Raises:
        NotSent: A limit ended it.
        Unreachable: Nothing there speaks this API.
        ProfileError: No pair works, and the answers say which fixture is to blame; or another fixture is.
    """
    _timely(profile)
    await session.transport.reach()
    tried = pairs(profile.fixtures, contract)
    stranger = request(profile.fixtures.owned or _ANY_ORDER, (), profile.fixtures, contract)
    first, *rest = (*(pair.asks for pair in tried), stranger)
    answered = [await _started(session, first), *[await session.send(request) for request in rest]]
    reasons = [no_api(exchange.answer) for exchange in answered]
    if all(reasons):
        raise Unreachable(f"no BTC Direct API at {profile.base_url}: {session.redactor.sentence(reasons[0])}")
    answers = tuple(zip(tried, answered[:-1], strict=True))
    verdicts = [blamed(exchange, pair, contract) for pair, exchange in answers]
    if verdicts and all(verdicts):
        verdicts = await _assured(session, tried, verdicts, contract)
    if verdicts and all(verdicts):
        problems = _problems(verdicts, contract)
        if any(one.startswith("orders.owned") for one in problems):
            with suppress(NotSent):
                problems += await other_fixtures.whose(session, profile.fixtures, tried[0], contract)
        raise ProfileError(tuple(problems))
    _not_run_out(profile.fixtures.client_token, verdicts)
    works = next((pair for pair, exchange in answers if is_success(exchange, contract)), None)
    if works is not None:
        session.answerable = works.asks
        try:
            await other_fixtures.check(session, profile.fixtures, works, contract)
        except NotSent:  # one of them is refused for its rate alone: the cases will say so
            if session.stopped or session.gate.exhausted:
                raise
    return _notes(tried, verdicts)


async def _started(session: Session, request: Request) -> Exchange:
    """The answer to a first request; to a later one if a gateway says first that the API is not there yet."""
    for pause in STARTING:
        exchange = await session.send(request)
        if not is_gateway(exchange.answer):
            return exchange
        session.put_off(exchange, pause, f"a gateway answers {exchange.answer.status}: is the target starting?")
    return await session.send(request)


async def _assured(
    session: Session, tried: Sequence[Pair], verdicts: list[Mapping[str, str]], contract: Contract
) -> list[Mapping[str, str]]:
    for _ in range(ROUNDS - 1):
        for at, pair in enumerate(tried):
            if not (again := blamed(await session.send(pair.asks), pair, contract)):
                verdicts[at] = again
                return verdicts
    return verdicts


def _not_run_out(client_token: str | None, verdicts: Sequence[Mapping[str, str]]) -> None:
    """One client authorization that is refused while another is not may be a deviation, unless it says itself why."""
    refused = any("credentials.client_token" in verdict for verdict in verdicts)
    when = expiry(client_token or "")
    if refused and when and when <= datetime.now(UTC):
        raise ProfileError((f"credentials.client_token: it expired at {in_words(when)}, by its own exp claim",))


def _timely(profile: Profile) -> None:
    """What tokens say of themselves: an expired one has to be over, and no other may end in the midst of the run.

    One that says that it is over and should not be is tried all the same, since a target may take it.
    """
    now = datetime.now(UTC)
    seconds = min(FRESH, A_RUN / (profile.limits.requests_per_second or A_RUN) + SPARE)
    problems: list[str] = []
    for name in ("client_token", "expired_client_token", "user_token", "other_user_token"):
        when = expiry(profile.secrets.get(name, ""))
        if when is None or when <= now:
            continue
        if name == "expired_client_token":
            said = f"it has not expired: its exp claim says {in_words(when)}; use an older one, or leave it out"
            problems.append(f"credentials.{name}: {said}")
        elif when <= now + timedelta(seconds=seconds):
            problems.append(f"credentials.{name}: it expires in the midst of the run, at {in_words(when)}; renew it")
    if problems:
        raise ProfileError(tuple(problems))


def _problems(verdicts: Sequence[Mapping[str, str]], contract: Contract) -> list[str]:
    found = {fixture: code for verdict in verdicts for fixture, code in verdict.items()}
    return [
        f"{fixture}: the target answers {code} to it ({contract.catalogue[code].message.value})"
        for fixture, code in sorted(found.items())
    ]


def _notes(tried: Sequence[Pair], verdicts: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(
        f"{pair.client} was refused ({', '.join(verdict.values())}) while the other client authorization was not. "
        f"That is judged as a deviation of the target; if the profile's value is wrong, correct it and run again."
        for pair, verdict in zip(tried, verdicts, strict=True)
        if pair.client in verdict
    )
