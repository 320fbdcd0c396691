"""The correct variants: each really differs, so that its passing says something."""

import http.client

import pytest

from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.server.fixtures import Fixtures
from btcdirect_conformance.server.running import running_server
from btcdirect_conformance.server.variants import VARIANTS

SAME = {"reference", "pieces", "late", "line-end-after-body"}
"""Variants that say the same: in another time, or with more behind it."""

ROUNDS = 3
"""Together more requests than the rate limit of one variant lets through."""


def probes(fixtures: Fixtures) -> list[tuple[str, str, dict[str, str]]]:
    """Requests on which some variant differs from the reference server: method, target, headers."""
    path = load_contract().path
    return [(method, path.format(id=order), headers) for method, order, headers in _by_order(fixtures)] + [
        ("GET", f"{path.format(id=fixtures.owned)}?id=1", {})
    ]


def _by_order(fixtures: Fixtures) -> list[tuple[str, str, dict[str, str]]]:
    key, user = {"X-Api-Key": fixtures.api_key}, {"User-Authorization": f"Bearer {fixtures.user_token}"}
    token = {"Authorization": f"Bearer {fixtures.client_token}"}
    orders = [
        fixtures.owned,
        fixtures.foreign,
        fixtures.provoking()["ER999"],
        "",
        "-1",
        f"0{fixtures.owned}",
        "%34%380213",
        "1%00",
        f"{fixtures.owned}%2F",
        "%2E%2E",
    ]
    return [
        *(("GET", order, key | user) for order in orders),
        ("GET", "x", {}),
        ("GET", fixtures.owned, user),
        ("GET", fixtures.owned, key | {"User-Authorization": ""}),
        ("GET", fixtures.owned, user | {"X-Api-Key": "<none>"}),
        ("GET", fixtures.owned, user | {"Authorization": "Basic YTpi"}),
        ("GET", fixtures.owned, user | {"Authorization": fixtures.client_token}),
        ("GET", fixtures.owned, user | {"Authorization": f"Bearer{fixtures.client_token}"}),
        ("GET", fixtures.owned, user | {"Authorization": f"bearer {fixtures.client_token}"}),
        ("GET", fixtures.owned, token | {"User-Authorization": "Bearer none"}),
        ("GET", fixtures.owned, user | token | {"X-Api-Key": "none"}),
        ("GET", fixtures.owned, key | user | {"Accept-Encoding": "gzip"}),
        ("GET", fixtures.owned, key | user | {"If-None-Match": "*"}),
        ("HEAD", fixtures.owned, key | user),
        ("TRACE", fixtures.owned, {}),
        ("OPTIONS", fixtures.owned, key | user),
        ("POST", fixtures.owned, key | user),
    ]


def behaviour(name: str) -> list[object]:
    """What a variant answers to the probes: everything but the date."""
    seen: list[object] = []
    with running_server(VARIANTS[name]) as server:
        for method, target, headers in probes(server.fixtures) * ROUNDS:
            connection = http.client.HTTPConnection(server.base_url.removeprefix("http://"))
            connection.request(method, target, headers=headers)
            response = connection.getresponse()
            fields = sorted((field, value) for field, value in response.getheaders() if field.lower() != "date")
            seen += [response.version, response.status, response.reason, fields, response.read()]
            connection.close()
    return seen


@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in SAME])
def test_differs_from_the_reference_server(name: str) -> None:
    """A variant that answers as the reference server does would prove nothing; some differ elsewhere."""
    assert behaviour(name) != behaviour("reference")


def test_there_are_many() -> None:
    """At least ten freedoms are taken."""
    assert len(VARIANTS) > 10
