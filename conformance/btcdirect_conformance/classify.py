"""From a request as it goes on the wire to its facts."""

from .exchange import Headers
from .facts import Fixtures, RequestFacts


def read_facts(method: str, target: str, headers: Headers, fixtures: Fixtures) -> RequestFacts | None:
    """The facts of any request to the endpoint; ``None`` if its target is another resource.

    The one place where facts come from: cases, hypothesis and schemathesis all build requests, and none declares facts.
    """
    raise NotImplementedError
