"""The curl line of a finding sends what was sent, and has no character of a secret in it."""

import re
import shlex
import subprocess
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.helpers.raw import TARGET, request

from btcdirect_conformance.exchange import Response
from btcdirect_conformance.findings import curl
from btcdirect_conformance.findings.spelling import NOTICEABLE, Expression, Placeholder, spelled
from btcdirect_conformance.near_secrets import INVENTED, forged, signature_in_other_case, signed_with
from btcdirect_conformance.redaction.redactor import Redactor

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwYXJ0bmVyIn0.c2lnbmF0dXJlLW9mLWl0"
SECRETS = {
    "api_key": "kQ7/Ab+9Zr2mXw8Lp4TtVn6Yc1Hd5",
    "client_token": JWT,
    "user_token": "user-token-of-ada-59c1",
    "expired_client_token": "key/Ab9=&<x>'\"\\-Zq8$(x)`!%s",
    "other_user_token": "Api-Key-77Zq81Bearer",
}
REDACTOR = Redactor.of(SECRETS)
VARIABLES = {f"BTCDIRECT_{name.upper()}": secret for name, secret in SECRETS.items()}
MISSES: dict[str, Callable[[str], str]] = {
    "whole": lambda secret: secret,
    "one character": lambda secret: secret[:1],
    "three characters": lambda secret: secret[:3],
    "eleven characters": lambda secret: secret[:11],
    "truncated": lambda secret: secret[:-1],
    "beheaded": lambda secret: secret[1:],
    "end": lambda secret: secret[-8:],
    "middle": lambda secret: secret[5:-5],
    "extended": lambda secret: secret + "xx",
    "extended in front": lambda secret: "xx" + secret,
    "twice": lambda secret: secret * 2,
    "swapped": str.swapcase,
    "upper": str.upper,
    "lower": str.lower,
    "lower, cut": lambda secret: secret.lower()[:9],
    "half": lambda secret: secret[: len(secret) // 2],
    "first changed": lambda secret: "~" + secret[1:],
    "second changed": lambda secret: secret[0] + "~" + secret[2:],
    "middle changed": lambda secret: secret[:9] + "~" + secret[10:],
    "last changed": lambda secret: secret[:-1] + "~",
    "taken apart": lambda secret: f"{secret[:6]}~{secret[10:16]}!{secret[3:9]}",
    "with another": lambda secret: f"{secret[:8]}.{SECRETS['api_key'][9:]}",
}
HIDDEN: dict[str, Callable[[str], str]] = {
    "backwards": lambda secret: secret[::-1],
    "mixed case": lambda secret: "".join(c.upper() if at % 2 else c.lower() for at, c in enumerate(secret)),
    "base64": lambda secret: b64encode(secret.encode()).decode(),
    "percent": lambda secret: "".join(f"%{ord(char):02x}" for char in secret),
    "quoted": lambda secret: quote(secret[:16], safe=""),
    "hex": lambda secret: secret.encode().hex(),
}
HEADERS = {"X-Api-Key": "", "Authorization": "Bearer ", "User-Authorization": "Basic ", "user-authorization": ""}


def line(value: str, name: str = "User-Authorization", redactor: Redactor = REDACTOR) -> str:
    """The command of a request with this field."""
    return curl.command(request(headers=((name, value),)), "http://127.0.0.1", redactor)


def sent(command: str) -> list[str]:
    """The words that a shell makes of it."""
    printed = command.replace("curl", "printf '%s\\n'", 1)
    done = subprocess.run(["/bin/sh", "-c", printed], env={**VARIABLES, "PATH": "/usr/bin:/bin"}, capture_output=True)
    assert not done.stderr
    return done.stdout.decode().splitlines()


def shows(command: str, secret: str) -> bool:
    """Whether it has a noticeable piece of a secret, in any case, forwards or backwards."""
    command = re.sub(r"BTCDIRECT_[A-Z_]+", "", command)
    command = re.sub(r"(?:X-Api-Key|(?:User-)?Authorization):|Bearer ", "", command, flags=re.IGNORECASE).lower()
    lower = secret.lower()
    pieces = [lower[at : at + NOTICEABLE] for at in range(len(lower) - NOTICEABLE + 1)]
    return any(piece in command or piece[::-1] in command for piece in pieces)


@pytest.mark.parametrize("miss", MISSES)
@pytest.mark.parametrize("name", SECRETS)
def test_sends_the_same(name: str, miss: str) -> None:
    """A secret and its near misses are made of variables, and a shell makes what was sent of those."""
    value = f"Bearer {MISSES[miss](SECRETS[name])}"
    command = line(value)
    assert not [secret for secret in SECRETS.values() if shows(command, secret)]
    assert f"User-Authorization: {value}" in sent(command)


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("miss", HIDDEN)
def test_shows_no_other_form(header: str, miss: str) -> None:
    """What no plain expression makes is described, and not shown."""
    value = HIDDEN[miss](SECRETS["api_key"])
    command = line(HEADERS[header] + value, header)
    assert value not in command
    assert not shows(command, SECRETS["api_key"])
    assert "<" in command


@given(st.data())
def test_any_piece(data: st.DataObject) -> None:
    """However secrets are cut and put together: no piece is shown, and what is spelled out is what was sent."""
    ends = st.integers(0, 30)
    pieces = st.builds(
        lambda secret, one, other: secret[one:other], st.sampled_from(list(SECRETS.values())), ends, ends
    )
    value = "".join(data.draw(st.lists(st.one_of(pieces, st.text("~!$'\"`\\ aZ09", max_size=3)), max_size=5)))
    parts = list(spelled(value, VARIABLES))
    literal = "\0".join(part for part in parts if isinstance(part, str))
    assert not [secret for secret in SECRETS.values() if shows(literal, secret)]
    if not any(isinstance(part, Expression | Placeholder) for part in parts):
        assert literal.replace("\0", "") == value


@pytest.mark.parametrize("value", [INVENTED, "0", "Bearer", f"Bearer {INVENTED}", "Basic dXNlcjpwYXNz", "some 'word'!"])
def test_invented_credentials_stay(value: str) -> None:
    """A credential that shares nothing with a secret is shown as it was sent."""
    assert shlex.split(line(value))[5] == f"User-Authorization: {value}"


@pytest.mark.parametrize(
    "token", [forged(JWT), forged(None), signature_in_other_case(JWT), signed_with("secret")(JWT), signed_with("")(JWT)]
)
def test_forged_token(token: str) -> None:
    """A forged JWT has the claims of the real one, which are not shown, and can be sent again."""
    value = f"Bearer {token}"
    assert f"Authorization: {value}" in sent(line(value, "Authorization"))
    assert not shows(line(value, "Authorization"), JWT)


def test_access_token_in_place_of_a_credential() -> None:
    """What a target handed out is not shown where it was tried."""
    redactor = Redactor.of(SECRETS)
    redactor.learn(Response(200, (), b'{"data": {"accessToken": "k7qx9az2mwtt4"}}'))
    for name, value in (("X-Api-Key", "k7qx9az2mwtt4"), ("Authorization", "Bearer k7qx9az2mwtt4")):
        assert line(value, name, redactor).count("<access token>") == 1
        assert "k7qx9" not in line(value, name, redactor)


def test_names_of_fields_stay() -> None:
    """A secret that is like the name of a field garbles no field."""
    redactor = Redactor.of({"api_key": "Api-Key-1", "user_token": "Authorization", "client_token": "X-Api-Key"})
    command = curl.command(
        request(headers=(("X-Api-Key", "Api-Key"), ("User-Authorization", "Bearer Authorization"), ("Accept", "*/*"))),
        "http://h",
        redactor,
    )
    assert command.split(" -H ")[1:3] == [
        '"X-Api-Key: $(printf %s "$BTCDIRECT_API_KEY" | cut -c1-7)"',
        '"User-Authorization: Bearer ${BTCDIRECT_USER_TOKEN}"',
    ]
    assert command.endswith(f" -H 'Accept: */*' http://h{TARGET}")


@pytest.mark.parametrize("secret", ["buy", "liveness", "api", "http", "json", "127", "v2"])
def test_short_secret_garbles_no_line(secret: str) -> None:
    """A secret that is a word of every request is masked where credentials stand."""
    redactor = Redactor.of({"api_key": secret})
    headers = (("X-Api-Key", secret), ("Accept", "application/json"))
    command = curl.command(request(headers=headers), "http://127.0.0.1:80/api", redactor)
    rest = f"-H 'Accept: application/json' http://127.0.0.1:80/api{TARGET}"
    assert command == f'curl -i --path-as-is --globoff -H "X-Api-Key: ${{BTCDIRECT_API_KEY}}" {rest}'


@pytest.mark.parametrize("secret", ["k7q", "w4x1", "zq8mX"])
def test_near_miss_of_a_short_secret(secret: str) -> None:
    """Of a short secret all but one character are a noticeable piece."""
    redactor = Redactor.of({"user_token": secret})
    for miss in (secret[1:], secret[:-1], "0" + secret[1:], secret[:-1] + "0", secret[0] + "~" + secret[2:]):
        command = line(miss, redactor=redactor)
        assert secret[1:] not in command
        assert secret[:-1] not in command
        assert "BTCDIRECT_USER_TOKEN" in command


def test_order_id_as_a_secret() -> None:
    """A secret that is the order's id is a variable there, too."""
    command = curl.command(request(), "http://h", Redactor.of({"user_token": "480213"}))
    assert command.endswith('"http://h/api/v2/buy/${BTCDIRECT_USER_TOKEN}/identification/liveness"')


def test_secret_in_the_target() -> None:
    """A secret is a variable wherever it stands, in the base URL as well."""
    command = curl.command(request(f"/{JWT}?a={JWT}"), f"http://h/{JWT}", REDACTOR)
    assert command.endswith(
        '"http://h/${BTCDIRECT_CLIENT_TOKEN}/${BTCDIRECT_CLIENT_TOKEN}?a=${BTCDIRECT_CLIENT_TOKEN}"'
    )


def test_short_secret_in_the_query() -> None:
    """A value of the query that is just a secret is a variable, however short."""
    redactor = Redactor.of({"api_key": "k7"})
    command = curl.command(request("/k7?api_key=k7&k7=1"), "http://h", redactor)
    assert command.endswith('"http://h/k7?api_key=${BTCDIRECT_API_KEY}&k7=1"')


def test_cookies() -> None:
    """Cookies that the suite made are those that were sent; what a target handed out is not shown."""
    cookie = f"a={SECRETS['user_token']}; b={INVENTED}; c={SECRETS['api_key']}"
    assert f"Cookie: {cookie}" in sent(line(cookie, "Cookie"))
    assert not any(shows(line(cookie, "Cookie"), secret) for secret in SECRETS.values())
    assert "'Cookie: <a cookie of a success>; <a cookie of a success>'" in line("sid=7f3a; lang=nl", "Cookie")


def test_target() -> None:
    """The target is quoted for the shell and kept from curl's own cleaning."""
    command = curl.command(request("/a/../%zz?[x]=$HOME'\"`"), "http://h:1", REDACTOR)
    assert shlex.split(command)[:4] == ["curl", "-i", "--path-as-is", "--globoff"]
    assert shlex.split(command)[-1] == "http://h:1/a/../%zz?[x]=$HOME'\"`"


def test_accept() -> None:
    """What the run accepts where a case does not say, curl would not say by itself."""
    assert shlex.split(line("x", "X-Api-Key"))[6:8] == ["-H", "Accept: application/json"]
    assert line("*/*", "accept").lower().count("accept") == 1


def test_empty_field() -> None:
    """An empty header field is sent, which curl does for a semicolon alone."""
    assert shlex.split(line("", "X-Api-Key"))[4:6] == ["-H", "X-Api-Key;"]


@pytest.mark.parametrize(("method", "words"), [("HEAD", ["--head"]), ("POST", ["-X", "POST"]), ("GET", [])])
def test_method(method: str, words: list[str]) -> None:
    """The method is that of the request."""
    command = curl.command(request(method=method), "http://h", REDACTOR)
    assert shlex.split(command)[4:-3] == words
