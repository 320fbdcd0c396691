"""Whether there is a server of this API, and whether the profile or the server is to blame when credentials fail."""

import time
from collections.abc import Callable

import pytest
from attrs import evolve
from tests.conformance.helpers.scripted import Scripted, failure, header, json_answer, success
from tests.conformance.test_other_fixtures import jwt

from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.conversation.limits import Gate, NotSent
from btcdirect_conformance.conversation.session import ROUNDS, Session
from btcdirect_conformance.exchange import Fault, FaultKind, Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.profile import Limits, Profile, ProfileError
from btcdirect_conformance.redaction.redactor import Redactor
from btcdirect_conformance.run import preflight
from btcdirect_conformance.transport.sockets import Unreachable

BOTH = Fixtures(api_key="the-key", client_token="the-token", user_token="the-user", owned="480213")
KEY_ALONE = Fixtures(api_key="the-key", user_token="the-user", owned="480213")

Answer = Callable[[Request], Response | Fault]


async def check(answer: Answer, fixtures: Fixtures = BOTH) -> tuple[str, ...]:
    """What the preflight notes."""
    notes, _ = await checked(answer, fixtures)
    return notes


async def checked(answer: Answer, fixtures: Fixtures = BOTH) -> tuple[tuple[str, ...], Scripted]:
    """The same, with what was asked."""
    transport = Scripted(answer)
    notes = await preflight.check(session(transport), Profile("http://target", fixtures), load_contract())
    return notes, transport


def session(transport: Scripted, budget: int = 100, fixtures: Fixtures = BOTH) -> Session:
    """A session in which no time passes."""
    time = [0.0]

    async def sleep(seconds: float) -> None:
        time[0] += seconds

    redactor = Redactor.of(Profile("http://target", fixtures).secrets)
    return Session(transport, Gate(None, budget, clock=lambda: time[0], sleep=sleep), redactor)


def by_client(key: Response | Fault, token: Response | Fault, nobody: Response | Fault | None = None) -> Answer:
    """Answers by which client authorization a request carries."""

    def answer(request: Request) -> Response | Fault:
        if header(request, "x-api-key"):
            return key
        return token if header(request, "authorization") else nobody or failure("ER802")

    return answer


async def test_every_pair_works() -> None:
    """Credentials that work need no note."""
    notes, transport = await checked(by_client(success(), success()))
    assert notes == ()
    assert len(transport.asked) == 3


@pytest.mark.parametrize(
    ("code", "fixture"),
    [
        ("ER805", "credentials.api_key"),
        ("ER702", "credentials.user_token"),
        ("ER035", "orders.owned"),
        ("ER150", "orders.owned"),
        ("ER034", "orders.owned"),
    ],
)
async def test_profile_to_blame(code: str, fixture: str) -> None:
    """If no pair works and the answers speak of a fixture, the profile is wrong, and the fixture is named."""
    with pytest.raises(ProfileError, match=rf"{fixture}: the target answers {code} to it \(.+\)"):
        await check(by_client(failure(code), failure(code)), KEY_ALONE)


@pytest.mark.parametrize(("code", "word"), [("ER800", "invalid"), ("ER801", "expired")])
async def test_client_token_to_blame(code: str, word: str) -> None:
    """A client token that is invalid or has expired is said so."""
    fixtures = Fixtures(client_token="the-token", user_token="the-user", owned="480213")
    with pytest.raises(ProfileError, match=rf"credentials\.client_token: .*{word}"):
        await check(by_client(success(), failure(code)), fixtures)


async def test_both_to_blame() -> None:
    """Each wrong fixture is named."""
    with pytest.raises(ProfileError) as caught:
        await check(by_client(failure("ER805"), failure("ER800", "ER702")))
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "credentials.api_key",
        "credentials.client_token",
        "credentials.user_token",
    ]


async def test_one_of_two_refused() -> None:
    """If one client authorization works, refusing the other is a deviation to be judged; a note names the fixture."""
    (note,) = await check(by_client(failure("ER805"), success()))
    assert note.startswith("credentials.api_key was refused (ER805)")


@pytest.mark.parametrize(
    "answer",
    [
        failure("ER999"),
        failure("ER999", status=500),
        failure("ER802"),
        failure("ER700"),
        failure("ER803"),
        failure("ER800"),
        failure("ER805", "ER999"),
        failure("ER805", status=200),
        failure("ER805", status=500),
        json_answer(400, {"errors": {}}),
        json_answer(400, {"message": "no"}),
        json_answer(200, []),
        Response(500, (), b""),
        Response(200, (), b'{"name": '),
        Fault(FaultKind.TIMEOUT, "no answer"),
        Fault(FaultKind.TRUNCATED, "short", 200, (), b"{"),
        Fault(FaultKind.CONNECTION, "dropped"),
        Fault(FaultKind.PROTOCOL, "odd", body=b"HTTP/9"),
    ],
    ids=lambda answer: f"{answer.status}-{answer.body[:30]!r}",
)
async def test_server_to_blame(answer: Response | Fault) -> None:
    """Anything but an error that speaks of a fixture in the request is for the cases to judge, whoever was refused."""
    assert await check(by_client(answer, answer), KEY_ALONE) == ()


async def test_refused_now_and_then() -> None:
    """A pool with a bad node is not a bad profile: a pair that works when asked again is not blamed."""
    answers = iter([failure("ER805"), failure("ER802"), failure("ER805"), success()])
    assert await check(lambda _: next(answers), KEY_ALONE) == ()


async def test_refused_every_time() -> None:
    """Before a profile is blamed, every pair has been refused as often as that takes."""
    transport = Scripted(by_client(failure("ER805"), failure("ER800")))
    with pytest.raises(ProfileError):
        await preflight.check(session(transport), Profile("http://target", BOTH), load_contract())
    assert len(transport.asked) == 2 * ROUNDS + 1


HTML = Response(200, (("Content-Type", "text/html"),), b"\n<!DOCTYPE html><title>Sign in to the Wi-Fi</title>")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (HTML, r"a web page \(status 200\): a captive portal, a proxy, or another host"),
        (Response(502, (), b"<html>Bad Gateway</html>"), r"a gateway answers .* \(status 502\)"),
        (json_answer(503, {"message": "no healthy upstream"}), r"a gateway answers .* \(status 503\)"),
        (Response(400, (), b"Client sent an HTTP request to an HTTPS server.\n"), "it wants TLS"),
        (Response(400, (), b"<h1>The plain HTTP request was sent to HTTPS port</h1>"), "it wants TLS"),
        (Fault(FaultKind.PROTOCOL, "no HTTP", body=b"\x15\x03\x01\x00\x02\x02\x50"), "it wants TLS"),
        (Fault(FaultKind.TIMEOUT, "no whole answer within 10 s"), "takes connections and never answers .*10 s"),
        (Fault(FaultKind.TIMEOUT, "no whole answer", body=b"SSH-2.0-OpenSSH"), "not HTTP"),
        (Fault(FaultKind.CONNECTION, "closed"), "closes every connection without an answer"),
        (Response(302, (("Location", "https://login.example/?token=a"),), b""), "redirects to https://login.example$"),
        (Response(302, (("Location", "http://["),), b""), "redirects$"),
        (json_answer(404, {"detail": "Not Found"}), r"no such endpoint \(status 404\)"),
        (Response(404, (), b""), "no such endpoint"),
        (Fault(FaultKind.PROTOCOL, "no HTTP", body=b"SSH-2.0-OpenSSH"), "not HTTP"),
    ],
)
async def test_something_else_answers(answer: Response | Fault, reason: str) -> None:
    """If nothing that comes back is the API's, the target is not there, said in one line."""
    with pytest.raises(Unreachable, match=f"no BTC Direct API at http://target: .*{reason}") as caught:
        await check(lambda _: answer)
    assert "\n" not in str(caught.value)


async def test_secret_where_a_redirect_leads() -> None:
    """What a stranger's answer says is shown without what the profile keeps secret."""
    fixtures = Fixtures(api_key="k7qx9az2mwtt4", user_token="the-user", owned="480213")
    away = Response(302, (("Location", "https://k7qx9az2mwtt4.example/"),), b"")
    transport = Scripted(lambda _: away)
    with pytest.raises(Unreachable) as caught:
        await preflight.check(session(transport, fixtures=fixtures), Profile("http://t", fixtures), load_contract())
    assert str(caught.value) == "no BTC Direct API at http://t: it redirects to https://$BTCDIRECT_API_KEY.example"


async def test_web_page_for_errors_alone() -> None:
    """A server that answers the valid pair and has web pages for errors is there, and wrong."""
    assert await check(by_client(success(), success(), HTML)) == ()


@pytest.mark.parametrize(
    "media_type", [b"text/html; charset=UTF-8", b"application/json"], ids=lambda each: each.decode().partition(";")[0]
)
async def test_notice_before_the_json(media_type: bytes) -> None:
    """PHP's notices before all JSON make no web page of it: the target is there, and wrong."""

    def noticed(answer: Response) -> Response:
        fields = (("Content-Type", media_type.decode()),)
        return Response(answer.status, fields, b"<br />\n<b>Notice</b>: Undefined index<br />\n" + answer.body)

    assert await check(by_client(noticed(success()), noticed(success()), noticed(failure("ER802")))) == ()


async def test_errors_in_xml() -> None:
    """Nor is what a program is to read, though it is no JSON."""
    fields = (("Content-Type", "application/xml"),)
    assert await check(lambda _: Response(400, fields, b"<errors><ER802/></errors>")) == ()


async def test_web_page_for_success_alone() -> None:
    """So is one whose success is a web page."""
    assert await check(by_client(HTML, HTML)) == ()


async def test_gateway_with_nothing_behind_it_yet() -> None:
    """A target that is starting is waited for, and what its gateway said by then is not held against it."""
    answers = iter([Response(503, (), b"<html>"), Response(502, (), b""), *[success()] * 2])
    transport = Scripted(lambda _: next(answers))
    one = session(transport)
    await preflight.check(one, Profile("http://target", KEY_ALONE), load_contract())
    assert len(transport.asked) == 4
    assert [exchange.answer.status for exchange in one.exchanges] == [200, 200]
    assert one.gate.clock() == sum(preflight.STARTING[:2])


async def test_gateway_with_nothing_behind_it_at_all() -> None:
    """It is not waited for for long."""
    transport = Scripted(lambda _: Response(504, (), b""))
    one = session(transport)
    with pytest.raises(Unreachable, match="gateway"):
        await preflight.check(one, Profile("http://target", KEY_ALONE), load_contract())
    assert one.gate.clock() == sum(preflight.STARTING) <= 20


async def test_hang_for_errors_alone() -> None:
    """A server that answers some requests and hangs for others is there, and wrong."""
    hang = Fault(FaultKind.TIMEOUT, "no answer")
    assert await check(by_client(hang, hang)) == ()
    assert await check(by_client(success(), success(), hang)) == ()


async def test_nothing_to_check() -> None:
    """A profile without a pair asks once whether there is a server."""
    notes, transport = await checked(lambda _: failure("ER802"), Fixtures(api_key="the-key"))
    assert notes == ()
    assert len(transport.asked) == 1


async def test_limit_that_ends_it() -> None:
    """A limit does not let a profile pass unchecked, and does not hide one that is to blame already."""
    one = session(Scripted(by_client(success(), success())), budget=2)
    with pytest.raises(NotSent, match="budget"):
        await preflight.check(one, Profile("http://target", BOTH), load_contract())
    fixtures = evolve(KEY_ALONE, other_user_token="the-other")
    one = session(Scripted(lambda _: failure("ER150")), budget=2 * ROUNDS - 2)
    with pytest.raises(ProfileError, match=r"orders\.owned"):
        await preflight.check(one, Profile("http://target", fixtures), load_contract())


@pytest.mark.parametrize(("rate", "most"), [(0.1, 300), (5, 110), (None, 31)])
@pytest.mark.parametrize("spare", [-10, 10])
async def test_life_that_a_token_must_have_left(rate: float | None, most: int, spare: int) -> None:
    """What a run takes by its pace, and never more than five minutes: a token of an hour is to be enough for any."""
    token = jwt(time.time() + most + spare)
    target = Profile("http://target", evolve(KEY_ALONE, user_token=token), Limits(requests_per_second=rate))
    checked = preflight.check(session(Scripted(by_client(success(), success()))), target, load_contract())
    if spare > 0:
        assert await checked == ()
    else:
        with pytest.raises(ProfileError, match="it expires in the midst of the run"):
            await checked


async def test_every_blame_is_a_trigger() -> None:
    """The catalogue has every trigger that the preflight blames a fixture for."""
    for code in ("ER800", "ER801", "ER805", "ER702", "ER034", "ER035", "ER150"):
        with pytest.raises(ProfileError):
            await check(
                by_client(failure(code), failure(code)),
                Fixtures(
                    api_key=None if code in ("ER800", "ER801") else "k",
                    client_token="t" if code in ("ER800", "ER801") else None,
                    user_token="u",
                    owned="1",
                ),
            )
