"""Between an engine that knows no event loop and the run's session."""

import asyncio

import pytest
from tests.conformance.helpers.fuzzed import truthful
from tests.conformance.helpers.raw import request
from tests.conformance.helpers.scripted import Scripted

from btcdirect_conformance.conversation.limits import Gate, NotSent
from btcdirect_conformance.conversation.session import Session
from btcdirect_conformance.fuzz.bridge import Bridge, Ended
from btcdirect_conformance.redaction.redactor import Redactor


async def test_patience() -> None:
    """After the first deviation only so many requests more are spent on making it small."""
    target = Scripted(truthful)
    bridge = Bridge(Session(target, Gate(None, 100), Redactor({})), patience=3)
    bridge.found = True

    def engine() -> None:
        while True:
            bridge.send(request())

    await bridge.run(engine)
    assert len(target.asked) == 3


async def test_the_reason() -> None:
    """What ended the engine is told to whoever waits for it."""
    bridge = Bridge(Session(Scripted(truthful), Gate(None, 0), Redactor({})))

    def engine() -> None:
        bridge.send(request())

    with pytest.raises(NotSent, match="budget of 0"):
        await bridge.run(engine)
    with pytest.raises(Ended):
        await asyncio.to_thread(bridge.send, request())
