"""What asks the layers that make requests up: a profile, a target that answers as it should, enough requests."""

from tests.conformance.helpers.scripted import failure, success

from btcdirect_conformance import profile as profiles
from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.exchange import Request, Response
from btcdirect_conformance.fuzz.layers import LAYERS
from btcdirect_conformance.judgement.oracle import rule
from btcdirect_conformance.server.fixtures import Fixtures

PROFILE = profiles.parse(Fixtures().profile("http://127.0.0.1:1"), {})
LAYER_BY_ID = {layer.id: layer for layer in LAYERS}


def truthful(request: Request) -> Response:
    """An answer that the oracle allows."""
    ruling = rule(request.facts, load_contract())
    return success() if ruling.success else failure(min(ruling.codes[0]))


def enough(layer: str, requests: int) -> int:
    """How many fuzzed requests a run needs for this layer to have so many."""
    return round(requests * sum(each.share for each in LAYERS) / LAYER_BY_ID[layer].share)
