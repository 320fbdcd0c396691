"""What the client's tests share: an environment that says nothing, and each test's two twins."""

import os

import pytest
from tests.client.twins import TWINS, Twin


@pytest.fixture(autouse=True)
def silent_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine reaches a client."""
    for name in os.environ:
        if name.startswith("BTCDIRECT_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(params=TWINS, ids=lambda twin: twin.name)
def twin(request: pytest.FixtureRequest) -> Twin:
    """Each of the two clients in turn: what holds for one holds for the other."""
    found: Twin = request.param
    return found
