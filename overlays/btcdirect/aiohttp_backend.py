"""The transport that asks by aiohttp, with httpx-aiohttp between (the ``aiohttp`` extra)."""

import httpx

from .network import Network


def aiohttp_transport(network: Network) -> httpx.AsyncBaseTransport:
    """A transport over one aiohttp session.

    Raises:
        ImportError: The extra is not installed.
        ValueError: HTTP/2 was asked for, which aiohttp does not have.
    """
    try:
        import aiohttp
        import httpx_aiohttp
    except ImportError:
        raise ImportError("backend='aiohttp' needs httpx-aiohttp: pip install 'btcdirect-client[aiohttp]'") from None
    if network.http2:
        raise ValueError("backend='aiohttp' has no HTTP/2")

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=network.context,
                limit=network.max_connections,
                keepalive_timeout=network.limits.keepalive_expiry,
            ),
            # aiohttp keeps cookies by default; one user's would go out with the next one's request.
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    return httpx_aiohttp.AiohttpTransport(client=session, proxy=network.proxy, verify=network.context)
