"""What the reference server is born with: a partner, two users, their orders, and a profile that names them all.

The secrets here are made for tests and open nothing else, which is why ``serve`` may print them.
"""

import hashlib
from base64 import urlsafe_b64encode

from attrs import field, frozen

from btcdirect_conformance.contract import load_contract

PROVOKING_ORDERS = 4_000_000_000
"""Order ``4000000000 + n`` of any user answers with the code ``ERn``, as a payment provider's test cards do."""


@frozen
class Fixtures:
    """Credentials and orders of a fresh server. The same seed makes the same ones, so a profile survives a restart."""

    seed: int = 0
    owned: str = "480213"
    foreign: str = "480377"
    unknown: str = "99120045"
    username: str = "partner"
    email: str = "ada@example.com"
    other_email: str = "grace@example.com"
    api_key: str = field(init=False, repr=False)
    client_token: str = field(init=False, repr=False)
    expired_client_token: str = field(init=False, repr=False)
    user_token: str = field(init=False, repr=False)
    other_user_token: str = field(init=False, repr=False)
    password: str = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        for name in SECRETS:
            digest = hashlib.sha256(f"{self.seed}:{name}".encode()).digest()
            object.__setattr__(self, name, f"test-{urlsafe_b64encode(digest).decode().rstrip('=')}")

    def provoking(self) -> dict[str, str]:
        """The order that answers with each code of the catalogue, whoever asks for it."""
        return {code: str(PROVOKING_ORDERS + int(code.removeprefix("ER"))) for code in load_contract().catalogue}

    def profile(self, base_url: str) -> str:
        """A profile that fits this server, as TOML."""
        cards = self.provoking()
        width = max(map(len, cards.values()))
        rows = "\n".join(f"#   {order:>{width}}  {code}" for code, order in cards.items())
        return f"""\
# A profile of the reference server. Its secrets are test fixtures: they open nothing but this server.
base_url = "{base_url}"

[credentials]
api_key = "{self.api_key}"
client_token = "{self.client_token}"
expired_client_token = "{self.expired_client_token}"
user_token = "{self.user_token}"
other_user_token = "{self.other_user_token}"

[orders]
owned = "{self.owned}"
foreign = "{self.foreign}"
unknown = "{self.unknown}"

# POST /api/v1/authenticate  {{"username": "{self.username}", "password": "{self.password}"}}
# POST /api/v1/user/login    {{"email": "{self.email}", "password": "{self.password}"}} (or {self.other_email})
#
# Orders that answer with one code, whoever asks with valid credentials:
{rows}
"""


SECRETS = ("api_key", "client_token", "expired_client_token", "user_token", "other_user_token", "password")
