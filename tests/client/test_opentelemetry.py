"""OpenTelemetry's own httpx instrumentation works as it is: a span for each request, and no secret in it."""

from collections.abc import Generator

import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.client.fake_server import serving_fake

from btcdirect import ApiKey, AsyncClient, Client, ClientToken, errors
from btcdirect.testing import Failure, FakeApi


@pytest.fixture
def exporter() -> Generator[InMemorySpanExporter]:
    """What the instrumentation exports while it is on."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    yield exporter
    HTTPXClientInstrumentor().uninstrument()
    provider.shutdown()


@pytest.fixture
def api() -> FakeApi:
    """A fake whose secrets are canaries."""
    api = FakeApi(api_key="canary-key", client_token="canary-client", user_token="canary-user")
    api.add_order("480213").access_token = "canary-access"
    return api


def judge(spans: tuple[ReadableSpan, ...], statuses: list[int]) -> None:
    """Check that there is a span for each status, and no canary in any."""
    assert [(span.attributes or {}).get("http.status_code") for span in spans] == statuses
    for span in spans:
        assert span.name == "GET"
        assert "/480213/identification/liveness" in str((span.attributes or {})["http.url"])
        assert "canary" not in span.to_json()


def test_a_call_of_the_blocking_client_is_a_span(exporter: InMemorySpanExporter, api: FakeApi) -> None:
    """Each attempt is a span of its own, failed ones too; the trace goes on at the server."""
    api.inject(Failure("ER999"))
    with serving_fake(api) as base_url, Client(ApiKey(api.api_key), base_url=base_url, sleep=lambda _: None) as client:
        client.as_user(api.user_token).get_liveness("480213")
    judge(exporter.get_finished_spans(), [500, 200])
    assert all("traceparent" in request.headers for request in api.requests)


async def test_a_call_of_the_awaiting_client_is_a_span(exporter: InMemorySpanExporter, api: FakeApi) -> None:
    """The same with ``AsyncClient``, with a client token, and with an error in the answer."""
    with serving_fake(api) as base_url:
        async with AsyncClient(ClientToken(api.client_token), base_url=base_url) as client:
            await client.as_user(api.user_token).get_liveness("480213")
            with pytest.raises(errors.UserTokenInvalid):
                await client.as_user("canary-stranger").get_liveness("480213")
    judge(exporter.get_finished_spans(), [200, 400])


def test_without_it_nothing_of_it_is_left(exporter: InMemorySpanExporter, api: FakeApi) -> None:
    """Once switched off it sees no more calls."""
    HTTPXClientInstrumentor().uninstrument()
    with serving_fake(api) as base_url, Client(ApiKey(api.api_key), base_url=base_url) as client:
        client.as_user(api.user_token).get_liveness("480213")
    assert exporter.get_finished_spans() == ()
