"""How to get there: certificates, proxies, HTTP/2 and how many connections; and what can go wrong on the way."""

import os
import ssl
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import cast
from urllib.request import getproxies, proxy_bypass

import httpx

from .answers import Failure

_KEPT_SECONDS = 30.0

Verify = bool | str | ssl.SSLContext
Certificate = str | tuple[str, str] | tuple[str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """What a connection needs to know."""

    http2: bool
    proxy: httpx.Proxy | None = field(repr=False)
    max_connections: int
    _verify: Verify = field(repr=False)
    _own_context: ssl.SSLContext | None = field(repr=False)

    @property
    def context(self) -> ssl.SSLContext:
        """The TLS context; the default one is made once for all clients, for it takes longer than a call."""
        if self._own_context is not None:
            return self._own_context
        files = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        return _shared_context(bool(self._verify), self.http2, files)

    @property
    def lane_limits(self) -> httpx.Limits:
        """One connection; an idle one is kept for half a minute."""
        return httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_KEPT_SECONDS)

    @property
    def limits(self) -> httpx.Limits:
        """All connections together; an idle one is kept for half a minute."""
        return httpx.Limits(
            max_connections=self.max_connections,
            max_keepalive_connections=self.max_connections,
            keepalive_expiry=_KEPT_SECONDS,
        )


def network_from(
    base_url: str,
    *,
    verify: Verify,
    cert: Certificate | None,
    http2: bool,
    proxy: str | httpx.Proxy | None,
    trust_env: bool,
    max_connections: int,
) -> Network:
    """The network that a client's arguments describe.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: A certificate can't be loaded, or the proxy's URL or the number of connections makes no sense.
        ImportError: HTTP/2 or a SOCKS proxy needs a package that is not installed.
    """
    if isinstance(max_connections, bool) or not isinstance(max_connections, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError("max_connections must be an int")
    if max_connections < 1:
        raise ValueError("max_connections must be at least 1")
    if http2 and find_spec("h2") is None:
        raise ImportError("http2=True needs the package h2: pip install 'btcdirect-client[http2]'")
    if proxy is None and trust_env:
        proxy = _environment_proxy(httpx.URL(base_url))
    return Network(http2, _proxy(proxy), max_connections, verify, _own_context(verify, cert))


def refuse_beside_http_client(**options: object) -> None:
    """Refuses what the user's own httpx client settles by itself.

    Raises:
        TypeError: One of these options was given, too.
    """
    defaults = {"verify": True, "cert": None, "http2": False, "proxy": None, "backend": "httpx"}
    for name, value in options.items():
        if value is not defaults[name] and value != defaults[name]:
            raise TypeError(f"{name} has no effect beside http_client: set it there")


def failure_from(error: Exception) -> Failure:
    """Why there is no answer. Only a text is kept: the exception's frames hold the request with its credentials."""
    timed_out = isinstance(error, TimeoutError)
    if isinstance(error, httpx.TimeoutException):
        # httpx-aiohttp calls every lost connection a ConnectTimeout.
        timed_out = error.__cause__ is None or "Timeout" in type(error.__cause__).__name__
    return Failure(f"{type(error).__name__}: {error}".rstrip(": "), timed_out)


@cache
def _shared_context(verify: bool, http2: bool, files: tuple[str | None, str | None]) -> ssl.SSLContext:
    # The arguments are the key: the files are the environment's, and httpcore writes ALPN's protocols into the context.
    del http2, files
    return httpx.create_ssl_context(verify=verify)


def _own_context(verify: Verify, cert: Certificate | None) -> ssl.SSLContext | None:
    if not isinstance(verify, bool | str | ssl.SSLContext):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"verify must be a bool, a path or an ssl.SSLContext, not {type(verify).__name__}")
    paths = (cert,) if isinstance(cert, str) else cert
    if paths is not None and not _are_paths(paths):
        raise TypeError(f"cert must be a path or a tuple of paths, not {type(cert).__name__}")
    if isinstance(verify, bool) and paths is None:
        return None
    try:
        if isinstance(verify, ssl.SSLContext):
            context = verify
        elif isinstance(verify, str):
            folder = Path(verify).is_dir()
            context = ssl.create_default_context(cafile=None if folder else verify, capath=verify if folder else None)
        else:
            context = httpx.create_ssl_context(verify=verify)
        if paths is not None:
            context.load_cert_chain(*paths)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"verify or cert can't be loaded: {error}") from None
    return context


def _are_paths(cert: object) -> bool:
    """Whether it is a certificate's path, and at most its key's and the key's password."""
    if not isinstance(cert, tuple | list):
        return False
    parts = cast("tuple[object, ...]", cert)
    return 1 <= len(parts) <= 3 and all(isinstance(part, str) for part in parts)


def _environment_proxy(url: httpx.URL) -> str | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name for this host."""
    if proxy_bypass(url.host):
        return None
    proxies = getproxies()
    found = proxies.get(url.scheme) or proxies.get("all")
    return found if found is None or "://" in found else f"http://{found}"


def _proxy(proxy: str | httpx.Proxy | None) -> httpx.Proxy | None:
    if isinstance(proxy, str):
        try:
            proxy = httpx.Proxy(proxy)
        except (httpx.InvalidURL, ValueError):
            # Not the URL itself: it may hold a password.
            raise ValueError("the proxy is no http, https or socks5 URL") from None
    if not isinstance(proxy, httpx.Proxy | None):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"proxy must be a URL or an httpx.Proxy, not {type(proxy).__name__}")
    if proxy is not None and proxy.url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ImportError("a SOCKS proxy needs the package socksio: pip install 'httpx[socks]'")
    return proxy
