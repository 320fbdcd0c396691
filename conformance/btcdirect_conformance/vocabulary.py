"""Words that are no secrets whoever uses them as one: those of the documents, and those of every HTTP message."""

import json
import re
from functools import cache

from .contract import FILES, folder, load_contract
from .near_secrets import INVENTED

_EVERYWHERE = """
    Authorization: Bearer Basic; User-Authorization; X-Api-Key; X-Request-Id; Content-Length; Date: GMT; Server
    X-Conformance-Run; User-Agent
    Content-Type: application/json; charset=utf-8 text/html text/plain; Connection: keep-alive, close; Location
    Transfer-Encoding: chunked; Content-Encoding; Accept-Encoding: gzip, deflate; WWW-Authenticate
    Cache-Control: no-store, no-cache, private, public, max-age; Access-Control-Allow-Origin
    Strict-Transport-Security; includeSubDomains; localhost 127.0.0.1
    client_token expired_client_token user_token other_user_token api_key credentials orders access token accessToken
"""


@cache
def public_text() -> str:
    """All that the contract's two files say, and the suite itself, in lower case, blanks and line breaks made one."""
    files = [(folder() / name).read_text("utf-8") for name in FILES]
    return " ".join(" ".join([*files, _EVERYWHERE, INVENTED]).lower().split())


def is_public(secret: str) -> bool:
    """Whether it is a word of the documents as well, or a status, so that to show it gives nothing away by itself."""
    return (len(secret) <= len("404") or not secret.isdecimal()) and secret.lower() in public_text()


@cache
def phrases() -> re.Pattern[str]:
    """Where the documents speak: whole texts of the catalogue, codes, the names of members and of header fields."""
    rows = load_contract().catalogue.values()
    texts = {text for row in rows for text in (row.message.value, row.solution.value)}
    spoken = sorted(texts | {json.dumps(text)[1:-1] for text in texts}, key=len, reverse=True)
    forms = (
        *map(re.escape, spoken),
        r'"(?:errors|code|message|solution|name|type|status|data|accessToken)"(?=\s*:)',
        r"\bER[0-9]{3}\b",
        r"\bapplication/json\b",
        r"^HTTP/1\.1 [0-9]{3}$",
        r"^[A-Za-z-]+:(?= )",
    )
    return re.compile("|".join(forms), re.MULTILINE)
