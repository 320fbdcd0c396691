"""Settings of all the suite's tests."""

from functools import partial

import pytest
from hypothesis import settings
from tests.conformance.helpers.virtual_time import VirtualTime

from btcdirect_conformance.conversation.limits import Gate
from btcdirect_conformance.run import runner

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> VirtualTime:
    """The time by which a run waits."""
    time = VirtualTime()
    monkeypatch.setattr(runner, "Gate", partial(Gate, clock=time.clock, sleep=time.sleep))
    return time
