"""What redaction takes for a secret, spelling by spelling; what it leaves alone; and what becomes one line."""

import json
from urllib.parse import quote

import pytest

from btcdirect.redaction import Redactor, Secret, names_secret, one_line, shortened

ODD = 'a/b+c="d\\e&f'
NAMED = ["token", "accessToken", "password", "clientSecret", "apiKey", "api_key", "X-Api-Key", "auth", "SESSION-id"]


@pytest.mark.parametrize(
    "spelled",
    [
        ODD,
        json.dumps(ODD)[1:-1],
        json.dumps(ODD)[1:-1].replace("/", "\\/"),
        quote(ODD, safe=""),
        quote(ODD),
        repr(ODD)[1:-1],
        ODD.replace("/", "\\/"),
    ],
)
def test_every_spelling_of_a_known_secret_is_masked(spelled: str) -> None:
    """As it is, in JSON as Python and as PHP write it, in a URL's path or query, and in a Python repr."""
    assert Redactor([Secret(ODD)]).text(f"<{spelled}>") == "<[redacted]>"


def test_a_secret_of_eight_characters_is_one() -> None:
    """A shorter one is a test's, and its letters are the servers' words."""
    assert Redactor(["12345678"]).text("12345678") == "[redacted]"
    assert Redactor(["1234567"]).text("1234567") == "1234567"


def test_a_secret_within_another_leaves_nothing_of_it() -> None:
    """The longer one is masked first."""
    secrets = ["0123456789abcdefghij"[:length] for length in range(8, 21)]
    assert Redactor(secrets).text(secrets[-1]) == "[redacted]"


@pytest.mark.parametrize("name", [*NAMED, "Cookie"])
def test_what_a_name_calls_secret_is_masked(name: str) -> None:
    """As a member of JSON, whole or cut off, and as a parameter of a URL; whatever its case."""
    redactor = Redactor([])
    for text in (
        f'{{"{name}": "hid\\"den"}}',
        f'{{"{name}" :"hid\\\nden',
        f"/x?a=1&{name}=hidden&b=2",
        f"?{name}=hidden",
    ):
        assert "hid" not in redactor.text(text)
        assert "den" not in redactor.text(text)
    assert redactor.text(f"/x?a=1&{name}=hidden&b=2") == f"/x?a=1&{name}=[redacted]&b=2"


@pytest.mark.parametrize("name", [*NAMED, "set-cookie", "X-AUTH-user"])
def test_a_header_that_is_named_secret_is_left_out(name: str) -> None:
    """Whatever its case."""
    assert names_secret(name)
    assert not names_secret("Content-Type")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_what_follows_bearer_is_masked(scheme: str) -> None:
    """From eight characters on: a sentence may go on with a word."""
    assert Redactor([]).text(f"{scheme} 12345678, x") == f"{scheme} [redacted], x"
    assert Redactor([]).text(f"{scheme} 1234567") == f"{scheme} 1234567"


@pytest.mark.parametrize("parts", [1, 2, 4], ids=["cut off", "signed", "encrypted"])
def test_a_json_web_token_is_masked(parts: int) -> None:
    """Nobody has to know it: it is known by its looks (RFC 7519), with the parts of RFC 7515 or of RFC 7516."""
    token = ".".join(["eyJhbGciOiJIUzI1NiJ9", *["eyJzdWIi-_0"] * parts])
    assert Redactor([]).text(f"<{token}>") == "<[redacted]>"


@pytest.mark.parametrize("text", ["eyJhbGciOiJIUzI1NiJ9", "heyJude.com", "-eyJa.b"])
def test_what_only_begins_like_one_stays(text: str) -> None:
    """Without a dot, or within a word."""
    assert Redactor([]).text(text) == text


def test_an_excerpt_shows_where_bytes_were_no_text() -> None:
    """They are replaced, not left out."""
    assert Redactor([]).excerpt(b"<\xff>") == "<\ufffd>"


def test_one_line_holds_nothing_that_ends_it_or_acts() -> None:
    """Controls of both ranges, the separators of lines and paragraphs, lone surrogates; a run of them is a blank."""
    assert one_line("\na\x00b\x1b\x7f\x85c\u2028d\u2029e\ud800f\n") == "a b c d e f"


@pytest.mark.parametrize(("order", "shown"), [("1", "1"), ("1234", "1234"), ("12345", "…2345")])
def test_an_order_is_shown_by_its_end(order: str, shown: str) -> None:
    """By four digits."""
    assert shortened(order) == shown


def test_a_secret_is_aligned_like_its_mask() -> None:
    """A table of them stays a table."""
    assert f"{Secret('hidden'):>12}" == "  [redacted]"
