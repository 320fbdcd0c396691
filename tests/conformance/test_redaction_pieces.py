"""Pieces of secrets are taken out as well, and secrets that are ordinary words leave a report readable."""

import json
from base64 import b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.exchange import Response
from btcdirect_conformance.redaction.known_secrets import FRAGMENT, PIECE
from btcdirect_conformance.redaction.redactor import LONG_WORD, Redactor

KEY = "kQ7/Ab+9Zr2mXw8Lp4TtVn6Yc1Hd5Gf3Jk0BsE"
TOKEN = "Ux4Rr8Kk2Wq1Zz9Xx4Cc7Vv3Bb6Nn0Mm"
REDACTOR = Redactor.of({"api_key": KEY, "user_token": TOKEN})
WRITTEN = {
    "bare": lambda piece: piece,
    "other case": str.swapcase,
    "upper": str.upper,
    "backwards": lambda piece: piece[::-1],
    "percent": lambda piece: quote(piece, safe=""),
    "percent, slash kept": quote,
    "percent, all": lambda piece: "".join(f"%{ord(char):02X}" for char in piece),
    "hex": lambda piece: piece.encode().hex(),
    "json, all": lambda piece: "".join(f"\\u{ord(char):04x}" for char in piece),
    "html, decimal": lambda piece: "".join(f"&#{ord(char)};" for char in piece),
    "html, hex": lambda piece: "".join(f"&#x{ord(char):X};" for char in piece),
}


def shares(text: str, secret: str, length: int = PIECE) -> bool:
    """Whether a text shows a piece of a secret, in any case, forwards or backwards."""
    lower = text.lower()
    pieces = {secret[at : at + length].lower() for at in range(len(secret) - length + 1)}
    return any(piece in lower or piece[::-1] in lower for piece in pieces)


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("cut", [slice(0, 11), slice(0, 5), slice(-8, None), slice(7, 20)])
def test_echo_of_a_piece(written: str, cut: slice) -> None:
    """A server that repeats a near miss of a secret gives no noticeable piece of it away."""
    echo = WRITTEN[written](KEY[cut])
    shown = REDACTOR.body(json.dumps({"message": f"no key [{echo}]"}).replace("\\\\u", "\\u").encode())
    assert echo not in shown
    assert not shares(shown, KEY)
    assert FRAGMENT in shown or LONG_WORD in shown


@pytest.mark.parametrize("cut", [slice(0, 11), slice(-9, None)])
def test_echo_of_a_piece_in_base64(cut: slice) -> None:
    """Nor in Base64, whatever stands before it."""
    for before in ("", "a", "ab"):
        echo = b64encode(f"{before}{KEY[cut]}".encode()).decode().rstrip("=")
        assert echo not in REDACTOR.text(f"no key [{echo}]")


@given(st.integers(0, len(KEY)), st.integers(0, len(KEY)), st.text(max_size=8))
def test_any_piece(start: int, end: int, more: str) -> None:
    """No piece of a secret is shown, whatever is put in the place of the rest."""
    assert not shares(REDACTOR.text(f"{more}{KEY[start:end]}{more}{TOKEN[end:]}"), KEY + TOKEN)


@given(st.text(), st.sampled_from([KEY, TOKEN, KEY[:9], "<access token>", "token"]), st.text())
def test_twice(before: str, middle: str, after: str) -> None:
    """What is redacted already stays as it is, its placeholders too."""
    redactor = Redactor.of({"api_key": "token", "user_token": "BTCDIRECT", "client_token": KEY})
    once = redactor.known(before + middle + after)
    assert redactor.known(once) == once


def test_a_letter_that_grows() -> None:
    """A letter whose lower case is longer hides no secret in capitals."""
    assert not shares(REDACTOR.text(f"İ {TOKEN.upper()}"), TOKEN)


def test_texts_of_the_documents_stay() -> None:
    """A secret that has words of the documents in it garbles none of their texts."""
    redactor = Redactor.of({"api_key": "authorization-key-9x", "user_token": "user-token-of-ada-59c1"})
    for row in load_contract().catalogue.values():
        assert redactor.text(row.message.value) == row.message.value
        assert redactor.text(row.solution.value) == row.solution.value


WORDS = ("token", "status", "idnow", "key", "ER800", "errors", "application/json", "message", "400", "a", "e1", "json")


@pytest.mark.parametrize("word", WORDS)
def test_secret_that_is_a_word(word: str) -> None:
    """What the documents say stays where they say it."""
    redactor = Redactor.of({"api_key": word})
    row = load_contract().catalogue["ER800"]
    entry = {"code": "ER800", "message": row.message.value, "solution": row.solution.value}
    told = json.dumps({"errors": {"ER800": entry}})
    plain = (("Content-Type", "application/json"), ("Date", "Mon, 23 Nov 2026 10:11:12 GMT"))
    evidence = redactor.answer(Response(400, plain, told.encode()))
    assert evidence == f"HTTP/1.1 400\nContent-Type: application/json\nDate: {plain[1][1]}\n\n{told}"
    assert redactor.known(evidence) == evidence


@pytest.mark.parametrize("word", ["token", "status", "idnow", "key", "message", "400", "a", "e1", "json"])
def test_secret_that_is_a_word_elsewhere(word: str) -> None:
    """Where a server says it of its own accord, it may be the secret."""
    redactor = Redactor.of({"api_key": word})
    said = redactor.body(json.dumps({"errors": f"You sent {word}!", "no": word}).encode())
    assert said == '{"errors": "You sent $BTCDIRECT_API_KEY!", "no": "$BTCDIRECT_API_KEY"}'


@pytest.mark.parametrize("word", ["token", "status", "key", "400", "api_key", "code"])
def test_secret_that_is_a_word_of_the_suite(word: str) -> None:
    """Sentences of the suite stay readable; what they quote is redacted."""
    redactor = Redactor.of({"api_key": word})
    for sentence in (
        "status: a string",
        "the profile has no api_key or client_token",
        "400 with ER800, ER801",
        "errors.ER800.code: 'ER800'",
        "the value of X-Api-Key in the answer",
        "an answer without the credentials of its request",
    ):
        assert redactor.sentence(sentence) == sentence
    assert redactor.sentence(f"status: '{word}'") == "status: '$BTCDIRECT_API_KEY'"
    assert redactor.sentence(f"302, a redirect to /login?k={word}") == "302, a redirect to /login?k=$BTCDIRECT_API_KEY"


@pytest.mark.parametrize(
    "secret", ["k7", "k7q", "k7qz", "k7qz1", "0917263", "a|b", "%41", "x.*", "$(id)", "`q`'\"", "\\1"]
)
def test_short_secret(secret: str) -> None:
    """A secret may be short, and mean something to a shell or a regular expression."""
    redactor = Redactor.of({"user_token": secret})
    assert redactor.text(f"no user {secret}, sorry") == "no user $BTCDIRECT_USER_TOKEN, sorry"
    assert redactor.text("HTTP is fine, 480213 as well") == "HTTP is fine, 480213 as well"


def test_order_id_as_a_secret() -> None:
    """A secret may be an order's id: then the id is not shown."""
    redactor = Redactor.of({"user_token": "480213"})
    assert redactor.sentence("order 480213 is 'yours', 480213.0 too") == (
        "order $BTCDIRECT_USER_TOKEN is 'yours', $BTCDIRECT_USER_TOKEN.0 too"
    )


def test_one_secret_in_another() -> None:
    """The longer secret is named, and what is left of a cut one is not shown."""
    redactor = Redactor.of({"api_key": KEY[:20], "client_token": KEY})
    assert redactor.text(f"[{KEY}] [{KEY[:20]}]") == "[$BTCDIRECT_CLIENT_TOKEN] [$BTCDIRECT_API_KEY]"
    assert redactor.text(f"[{KEY[:-2]}]") == f"[$BTCDIRECT_API_KEY{FRAGMENT}]"


def test_an_ordinary_word_under_a_tokens_name() -> None:
    """A word of the documents is no token because a server calls it one."""
    redactor = Redactor.of({})
    redactor.learn(Response(200, (), b'{"tokenType": "Bearer", "tokenStatus": "pending"}'))
    assert redactor.text("Bearer, pending") == "Bearer, pending"
    assert "pending" not in redactor.body(b'{"tokenStatus": "pending"}')


def test_thousands_of_tokens() -> None:
    """An answer of thousands of tokens shows none, and costs no more than some."""
    redactor = Redactor.of({})
    body = json.dumps({"tokens": [f"act-{number:07}" for number in range(20_000)]}).encode()
    redactor.learn(Response(200, (), body))
    assert "act-" not in redactor.body(body)
    assert "act-" not in redactor.text("act-0000007")
