"""Planted secrets are in nothing that a run prints or writes, whatever the server does with them."""

import asyncio
import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from tests.conformance.helpers.raw import raw_server

from btcdirect_conformance.cases import all_cases
from btcdirect_conformance.contract import load_contract

SECRETS = {
    "api_key": "Zk/Pw+Vt7QmZ2x=Lw9Kz4Hr",
    "client_token": "Hq4NnW8sYz1RgTjM6uXk9PvL",
    "expired_client_token": "Xk5JpP3gTz0MwQh7Vn1KyRs",
    "user_token": "Bw2LhZ7vKx9UoSgY3mTq6Wj",
    "other_user_token": "Iu6GrW1yNp8ZkHx4VtQs5Lm",
}
ACCESS_TOKEN = "_act-Oj3HtU5mWq7ZxKvP"
PIECE = 5
"""No text of the suite's own has as many characters of a canary in a row."""


def profile(base_url: str) -> str:
    """A profile with the canaries."""
    credentials = "\n".join(f'{name} = "{value}"' for name, value in SECRETS.items())
    orders = 'owned = "480213"\nforeign = "480377"\nunknown = "99120045"'
    return f'base_url = "{base_url}"\n[credentials]\n{credentials}\n[orders]\n{orders}\n'


def envelope(code: str, note: str) -> str:
    """An envelope of errors with one text too many."""
    row = load_contract().catalogue[code]
    entry = {"code": code, "message": f"{row.message.value} {note}", "solution": row.solution.value}
    return json.dumps({"errors": {code: entry}})


SUCCESS = json.dumps({"name": 1, "status": "pending", "data": {"accessToken": ACCESS_TOKEN}})
ERRORS = {
    "echo": lambda head: envelope("ER800", f"You sent {head}"),
    "token": lambda _: envelope("ER800", f"Use {ACCESS_TOKEN}"),
    "page": lambda head: f"<html><body>{head} accessToken={ACCESS_TOKEN}</body></html>",
    "cut": lambda _: SUCCESS[:-5],
    "upper": lambda head: envelope("ER702", head.upper()),
    "backwards": lambda head: envelope("ER702", head[::-1]),
    "base64": lambda head: envelope("ER702", b64encode(head.encode()).decode()),
    "hex": lambda head: envelope("ER702", head.encode().hex()),
    "words": lambda head: envelope("ER702", "You sent " + " and ".join(head.split())),
    "escapes": lambda head: "".join(f"\\u{ord(char):04x}" for char in head),
    "page of entities": lambda head: "<p>" + "".join(f"&#{ord(char)};" for char in head),
}


@pytest.mark.parametrize("kind", ERRORS)
async def test_no_canary(kind: str, tmp_path: Path) -> None:
    """A server that echoes what it is sent, in bodies and header fields, gives nothing away through the reports."""
    echo = ERRORS[kind]
    key = f"x-api-key: {SECRETS['api_key']}".lower()
    owners = {"/480213/": SECRETS["user_token"], "/480377/": SECRETS["other_user_token"]}

    async def reply(head: bytes, writer: asyncio.StreamWriter) -> None:
        text = head.decode("latin-1")
        fields = {line.lower() for line in text.split("\r\n")}
        users = {f"user-authorization: bearer {token}".lower() for order, token in owners.items() if order in text}
        succeeds = key in fields and bool(users & fields)
        shown = " ".join(text.split("\r\n"))
        body = (SUCCESS if succeeds else echo(shown)).encode()
        status = "200 OK" if succeeds else "400 Bad Request"
        about = (
            unquote(shown).encode("ascii", "replace").decode().replace("\n", " ").replace("\r", " ").replace("\0", " ")
        )
        lines = (
            f"HTTP/1.1 {status}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            f"X-Debug: {''.join(char for char in about if char.isprintable())}",
            f"Set-Cookie: session={ACCESS_TOKEN}",
        )
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async with raw_server(reply) as server:
        (tmp_path / "target.toml").write_text(profile(server.base_url))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-X", "dev", "-m", "btcdirect_conformance", "run", "--verbose"),
            *("--target", str(tmp_path / "target.toml"), "--report", str(tmp_path / "report")),
            *("--seed", "1", "--fuzz-requests", "40"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, error = await process.communicate()
    assert process.returncode == 1, error.decode()
    written = {file.name: file.read_text() for file in (tmp_path / "report").iterdir()}
    assert len(written) == 3
    for name, text in {"stdout": out.decode(), "stderr": error.decode(), **written}.items():
        assert not list(found(text)), name


def found(text: str) -> Iterator[str]:
    """The canaries that a text shows a piece of, in any letter case and encoding, also across its line breaks."""
    joined = "".join(text.split()).lower()
    for name, secret in (*SECRETS.items(), ("access token", ACCESS_TOKEN)):
        for written, length in ((secret, PIECE), (secret[::-1], PIECE), (secret.encode().hex(), 2 * PIECE)):
            lower = written.lower()
            if any(lower[at : at + length] in joined for at in range(len(lower) - length + 1)):
                yield name
        for before in range(3):
            inner = b64encode(bytes(before) + secret.encode()).decode()[4:-4].lower()
            if any(inner[at : at + 8] in joined for at in range(len(inner) - 7)):
                yield name


def test_the_scan_finds() -> None:
    """The scan itself finds what it looks for."""
    assert list(found(f"a {SECRETS['api_key'][9:14].upper()} b")) == ["api_key"]
    assert list(found(f"a {SECRETS['user_token'][9::-1]} b")) == ["user_token"]
    assert list(found(f"a {b64encode(SECRETS['user_token'].encode()).decode()[:14]} b")) == ["user_token"]
    assert list(found("nothing here")) == []


def test_ids_hold_no_canary() -> None:
    """What is the suite's own is not mistaken for a secret."""
    assert not [case.id for case in all_cases() if list(found(case.id + case.title + case.statement.text))]
