"""Secrets are taken out of whatever a server sends back, in whatever shape."""

import html
import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.exchange import Fault, FaultKind, Response
from btcdirect_conformance.near_secrets import INVENTED
from btcdirect_conformance.redaction.named_tokens import MASK
from btcdirect_conformance.redaction.redactor import EXCERPT, LONG_WORD, Redactor

SECRETS = {
    "api_key": "key/Ab+9=&<x>'\"\\-Zq8",
    "client_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwYXJ0bmVyIn0.c2lnbmF0dXJlLW9mLWl0",
    "user_token": "user-token-of-ada-59c1",
    "expired_client_token": "OLD-token-77",
}
NAMES = {name: f"$BTCDIRECT_{name.upper()}" for name in SECRETS}
ACCESS = "_act-sbx-1f2e3d4c5b6a"


def redactor() -> Redactor:
    """One that knows the secrets above."""
    return Redactor.of(SECRETS)


def shapes(secret: str) -> dict[str, str]:
    """A secret as servers write it."""
    data = secret.encode()
    return {
        "bare": secret,
        "upper": secret.upper(),
        "percent": quote(secret, safe=""),
        "percent-lower": quote(secret, safe="").lower(),
        "percent-all": "".join(f"%{byte:02X}" for byte in data),
        "json": json.dumps(secret)[1:-1],
        "json-php": json.dumps(secret)[1:-1].replace("/", "\\/"),
        "html": html.escape(secret),
        "base64": b64encode(data).decode(),
        "base64url": urlsafe_b64encode(data).decode().rstrip("="),
        "basic": b64encode(b"user:" + data).decode(),
        "basic-2": b64encode(b"ab" + data + b":c").decode(),
        "hex": data.hex(),
    }


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("shape", shapes(""))
def test_shapes(name: str, shape: str) -> None:
    """A secret of the profile is found in any usual encoding, and what stands around it stays."""
    written = shapes(SECRETS[name])[shape]
    shown = redactor().text(f"before [{written}] after")
    assert written not in shown
    assert shown.startswith("before [")
    assert shown.endswith("] after")


@pytest.mark.parametrize("name", SECRETS)
def test_named_in_place(name: str) -> None:
    """Where a secret stood, its variable stands."""
    assert redactor().text(f"sent {SECRETS[name]}!") == f"sent {NAMES[name]}!"


@pytest.mark.parametrize("cut", [slice(0, -1), slice(1, None), slice(0, 14), slice(4, 18)])
def test_pieces(cut: slice) -> None:
    """A near miss of a secret gives the rest of it away, and is not shown either."""
    secret = SECRETS["user_token"]
    assert secret[cut] not in redactor().text(f"no such user {secret[cut]}")


def test_other_case() -> None:
    """Nor is a secret in other letter case."""
    assert SECRETS["user_token"].swapcase() not in redactor().text(SECRETS["user_token"].swapcase())


def test_plain_words_stay() -> None:
    """What only shares words with a secret stays readable."""
    text = "Provide a valid user authorization token. The key of that user is old."
    assert redactor().text(text) == text


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "a", "data": {"accessToken": "%s"}}',
        '{"data":{"access_token":"%s","other":1}}',
        '{"data": {"accessToken": "%s", "accessToken": "%s"}}',
        '{"data": {"accessToken": {"value": "%s"}}}',
        '{"data": {"accessToken": ["%s"]}}',
        '{"data": "{\\"accessToken\\": \\"%s\\"}"}',
        '{"data": {"access\\u0054oken": "%s"}}',
        '{"data": {"sdkToken": "%s", "jwt": "%s"}}',
        '{"name": "liveness", "data": {"accessToken": "%s',
        '{"data": {"accessToken": "%s"}}<br>Notice: x',
        "{'accessToken': '%s'}",
        '{"data": {"acces\\u0073Token": "%s"',
        "https://id.example/?access_token=%s&next=1",
        "accessToken: %s\n",
        '<input name="accessToken" value="%s">',
        '{"data": {"accessToken": {"value": "%s"',
        '\ufeff{"accessToken": "%s"}',
        "Array\n(\n    [accessToken] => %s\n)",
        'array(1) {\n  ["accessToken"]=>\n  string(40) "%s"\n}',
        'a:1:{s:11:"accessToken";s:40:"%s";}',
        "<data><accessToken>%s</accessToken></data>",
        '<accessToken type="jwt"> %s </accessToken>',
        "<tr><td>accessToken</td>\n<td>%s</td></tr>",
        "Check(accessToken=%s)",
        "map[accessToken:%s]",
        "accessToken=&gt; %s",
        "data%5BaccessToken%5D=%s&x=1",
    ],
)
def test_access_tokens(body: str) -> None:
    """An access token of an answer is masked, in JSON that is whole, cut or none at all."""
    shown = redactor().body(body.replace("%s", ACCESS).encode())
    assert ACCESS not in shown
    assert ACCESS[:10] not in shown


def test_prose_about_tokens_stays() -> None:
    """A page that speaks of tokens is evidence: nothing of it is taken for one."""
    page = "<h1>Token expired</h1><p>Your <b>access token</b> is no longer valid.</p>"
    assert redactor().body(page.encode()) == page


def test_number_as_access_token() -> None:
    """An access token need not be text."""
    assert "12345678901" not in redactor().body(b'{"data": {"accessToken": 12345678901}}')


def test_escaped_access_token() -> None:
    """An access token written in escapes is one as well."""
    escaped = "".join(f"\\u{ord(char):04x}" for char in ACCESS)
    body = f'{{"data": {{"accessToken": "{escaped}"}}}}'
    shown = redactor().body(body.encode())
    assert "\\u005f" not in shown
    assert ACCESS not in shown


def test_null_is_no_token() -> None:
    """An absent token is shown as absent: that it is null may be the finding."""
    assert "null" in redactor().body(b'{"data": {"accessToken": null}}')
    assert "false" in redactor().body(b'{"data": {"accessToken": false')


def test_layout_is_kept() -> None:
    """A body without a token is shown as it was received."""
    body = '{ "errors":{"ER800" :{"code":"ER800"}}}'
    assert redactor().body(body.encode()) == body


def test_learnt() -> None:
    """An access token that was seen where it belongs is found wherever else it leaks."""
    one = redactor()
    one.learn(Response(200, (), b'{"data": {"accessToken": "%s"}}' % ACCESS.encode()))
    assert ACCESS not in one.text(f"Token {ACCESS} is not for you")
    assert quote(ACCESS)[:9] not in one.text(f"/back?t={quote(ACCESS)}")


def test_learnt_from_a_cut_body() -> None:
    """It is learnt from a body that ended too early, too."""
    one = redactor()
    one.learn(Fault(FaultKind.TRUNCATED, "short", 200, (), b'{"data": {"accessToken": "%s' % ACCESS.encode()))
    assert ACCESS not in one.text(f"Token {ACCESS} is not for you")


@pytest.mark.parametrize("body", ["name;%s\n", '["liveness", null, "%s"]', "https://id.example/sdk/%s", "<b>%s</b>"])
def test_any_token_of_the_identity_provider(body: str) -> None:
    """What begins as its tokens do is masked where nothing names it."""
    assert "A1a2" not in redactor().body(body.replace("%s", "_act-sbx-jwt-eyJhbGciOi.A1a2A3a4A5-ada").encode())


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("name;status;token\nliveness;pending;k7Qx.9aZ2/mW", "name;status;token\nliveness;pending;<long word>"),
        ("<td>pending</td><td>k7Qx9aZ2mW</td>", "<td>pending</td><td><long word></td>"),
        ('{"name": "liveness", "note": "k7Qx9aZ2mW"', '{"name": "liveness", "note": "<long word>"'),
        ('{"name": "liveness", "note": "k7Qx9aZ2mW"}', '{"name": "liveness", "note": "k7Qx9aZ2mW"}'),
    ],
)
def test_success_that_is_no_json(body: str, shown: str) -> None:
    """Any of its words may be the access token, and none that can be one is shown."""
    evidence = redactor().answer(Response(200, (), body.encode()))
    assert evidence.partition("\n\n")[2] == shown
    assert body in redactor().answer(Response(400, (), body.encode()))


def test_any_jwt() -> None:
    """Whatever looks like a JSON Web Token is masked, whoever's it is."""
    jwt = "eyJ0eXAiOiJKV1QifQ.eyJ1IjoxfQ.AAAA"
    assert jwt[:12] not in redactor().text(f"It was {jwt}.")


def test_headers() -> None:
    """Header fields that carry secrets by nature lose their values, the others only the secrets in them."""
    headers = (
        ("Set-Cookie", "session=abc"),
        ("Authorization", "Bearer abc"),
        ("X-Access-Token", "abc"),
        ("X-Request-Id", "17"),
        ("Location", f"/login?key={quote(SECRETS['api_key'], safe='')}&access_token={ACCESS}"),
    )
    shown = dict(redactor().headers(headers))
    assert shown["Set-Cookie"] == shown["Authorization"] == shown["X-Access-Token"] == "<redacted>"
    assert shown["X-Request-Id"] == "17"
    assert shown["Location"] == f"/login?key=$BTCDIRECT_API_KEY&access_token={MASK}"


UNNAMED = "Canary4711CanaryCanaryCanary"


@pytest.mark.parametrize("name", ["X-Debug", "Location", "ETag", "X-Request-Id", "Link"])
def test_a_token_may_stand_in_any_header(name: str) -> None:
    """A long word of letters and digits is shown in no field either."""
    answer = Response(302, ((name, f"<https://id.example/{UNNAMED}?lang=en>"), (UNNAMED, "x")), b"")
    assert "Canary" not in redactor().answer(answer)


@pytest.mark.parametrize(
    "text",
    [
        f"302, a redirect to https://id.example/{UNNAMED}",
        f"errors.ER800.message: 'Use {UNNAMED}'",
        f"errors.{UNNAMED}.code: 'ER800'",
    ],
)
def test_a_token_may_be_quoted(text: str) -> None:
    """Nor in a sentence of the suite that quotes the answer."""
    assert redactor().sentence(text) == text.replace(UNNAMED, LONG_WORD)


def test_headers_that_are_evidence() -> None:
    """What a field tells about the server, and what its vendor finds a request by, stays."""
    headers = (
        ("Date", "Mon, 23 Nov 2026 10:11:12 GMT"),
        ("Content-Type", "application/vnd.oai.openapi+json; version=3.1; charset=utf-8"),
        ("Server", "nginx/1.27.3 (Ubuntu)"),
        ("Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload"),
        ("ETag", 'W/"1f-5c3a9d"'),
        ("X-Request-Id", "7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    )
    assert tuple(redactor().headers(headers)) == headers


def test_binary_body() -> None:
    """A body that is no text is counted, not shown: a coding could hide anything in it."""
    assert redactor().body(b"\x1f\x8b\x08\0\xff") == "<5 bytes that are no UTF-8 text>"
    assert redactor().body(b"a\0b") == "<3 bytes that are no text>"


def test_cut_in_a_character() -> None:
    """A body that was cut within a character is still text."""
    assert redactor().body("abcé".encode()[:-1]) == "abc"


def test_long_body() -> None:
    """A long body is cut after redaction, so that no secret is cut in two and shown by half."""
    one = redactor()
    body = "x" * (EXCERPT - 5) + SECRETS["user_token"] + "y" * 100
    shown = one.body(body.encode())
    assert shown.endswith(f"({len(body)} bytes in all)")
    assert "user-" not in shown


def test_answer() -> None:
    """An answer is shown as status line, fields and body; a fault with what went wrong first."""
    assert redactor().answer(Response(200, (("A", "b"),), b"{}")) == "HTTP/1.1 200\nA: b\n\n{}"
    assert redactor().answer(Fault(FaultKind.TIMEOUT, "no answer")) == "(timeout: no answer)"
    cut = Fault(FaultKind.TRUNCATED, "short", 404, (), b"abc")
    assert redactor().answer(cut) == "(truncated: short)\nHTTP/1.1 404\n\nabc"


def test_no_secret_in_a_repr() -> None:
    """The redactor shows nothing of what it knows."""
    one = redactor()
    one.learn(Response(200, (), b'{"accessToken": "%s"}' % ACCESS.encode()))
    assert not [secret for secret in (*SECRETS.values(), ACCESS) if secret in repr(one)]


def test_no_secrets() -> None:
    """Without any secret a text stays what it was."""
    assert Redactor.of({}).text("some text, 480213") == "some text, 480213"


@given(st.binary(max_size=200))
def test_any_body(body: bytes) -> None:
    """Any bytes can be learnt from and shown."""
    one = redactor()
    one.learn(Response(200, (), b'"token"' + body))
    assert isinstance(one.body(body), str)


@given(st.text(max_size=30), st.sampled_from(sorted(SECRETS)), st.text(max_size=30))
def test_any_surroundings(before: str, name: str, after: str) -> None:
    """Whatever stands around a secret, it is not shown."""
    assert SECRETS[name] not in redactor().text(before + SECRETS[name] + after)


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "liveness", "status": "pending", "data": "canary-in-data-0815"}',
        b'{"name": "liveness", "status": "pending", "data": ["canary-in-data-0815"]}',
        b'{"name": "liveness", "status": "pending", "data": "canary-in-data-08',
        b"a:{'data': 'canary-in-data-0815'}",
    ],
)
def test_data_that_is_no_object_is_taken_for_the_token(body: bytes) -> None:
    """A token in the place of the object that should hold it is masked, there and wherever else it shows up."""
    redactor = Redactor.of({})
    redactor.learn(Response(200, (), body))
    assert "canary" not in redactor.body(body)


def test_a_token_that_was_the_data_is_known_elsewhere() -> None:
    """An answer that is wrong in this way does not make the next one leak."""
    redactor = Redactor.of({})
    redactor.learn(Response(200, (), b'{"data": "canary-in-data-0815"}'))
    assert "canary" not in redactor.text("echo canary-in-data-0815")


@pytest.mark.parametrize(
    "body",
    [
        b'"Canary4711CanaryCanaryCanary"',
        b"Canary4711CanaryCanaryCanary",
        b'{"name": "liveness", "Canary4711CanaryCanaryCanary": true}',
        b'{"next": "https://id.example/start/Canary4711CanaryCanaryCanary?lang=en"}',
    ],
)
def test_a_token_may_stand_where_no_name_says_so(body: bytes) -> None:
    """A long word of letters and digits is shown nowhere in a body; the rest stays as evidence."""
    assert "Canary" not in Redactor.of({}).body(body)


def test_the_catalogues_texts_have_no_such_word() -> None:
    """Evidence of what the documents say is not lost."""
    text = json.dumps(load_contract().document["components"]["examples"])
    assert Redactor.of({}).body(text.encode())[:1500] == text[:1500]


def test_the_suites_own_words_are_no_secret() -> None:
    """A target that calls what it was sent a token does not make the suite's name one."""
    redactor = Redactor.of({"api_key": "k7qx9az2mwtt4"})
    redactor.learn(Response(400, (), json.dumps({"token": INVENTED}).encode()))
    said = "User-Agent: btcdirect-conformance/0.1.0, X-Conformance-Run: 2f22e24c"
    assert redactor.text(said) == said
