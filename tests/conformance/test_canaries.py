"""Planted secrets are in nothing that a run prints or writes, whatever the server does with them."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from tests.conformance.engine.raw import raw_server

from btcdirect_conformance.cases import all_cases
from btcdirect_conformance.contract import load_contract

SECRETS = {
    "api_key": "CANARY/key+Vt7QmZ2x=Lw9",
    "client_token": "canary-client-Hq4NnB8sYd1Rf6",
    "expired_client_token": "canary-expired-Xk5JcP3gTz0M",
    "user_token": "canary-user-Bw2LhE7vKa9UoS",
    "other_user_token": "canary-other-Ie6GrD1yNp8C",
}
ACCESS_TOKEN = "_act-canary-Oj3FtU5mWq7Z"


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
}


@pytest.mark.parametrize("kind", ERRORS)
async def test_no_canary(kind: str, tmp_path: Path) -> None:
    """A server that echoes what it is sent, in bodies and header fields, gives nothing away through the reports."""
    echo = ERRORS[kind]
    valid = {f"x-api-key: {SECRETS['api_key']}".lower(), f"user-authorization: bearer {SECRETS['user_token']}".lower()}

    async def reply(head: bytes, writer: asyncio.StreamWriter) -> None:
        text = head.decode("latin-1")
        fields = {line.lower() for line in text.split("\r\n")}
        succeeds = valid <= fields and "/480213/" in text
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
    """The canaries that a text shows, wholly or by half, in any letter case, also across its line breaks."""
    joined = "".join(text.split()).lower()
    for name, secret in (*SECRETS.items(), ("access token", ACCESS_TOKEN)):
        lower = secret.lower()
        half = len(lower) // 2
        if any(lower[at : at + half] in joined for at in range(len(lower) - half + 1)):
            yield name


def test_the_scan_finds() -> None:
    """The scan itself finds what it looks for."""
    assert list(found(f"a {SECRETS['api_key'][:15].upper()} b")) == ["api_key"]
    assert list(found("nothing here")) == []


def test_ids_hold_no_canary() -> None:
    """What is the suite's own is not mistaken for a secret."""
    assert not [case.id for case in all_cases() if list(found(case.id + case.title + case.statement.text))]
