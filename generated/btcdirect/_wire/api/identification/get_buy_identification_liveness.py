from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.error_envelope import ErrorEnvelope
from ...models.identification_status import IdentificationStatus
from ...models.rate_limit_envelope import RateLimitEnvelope
from ...types import Response


def _get_kwargs(
    id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v2/buy/{id}/identification/liveness".format(
            id=quote(str(id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorEnvelope | IdentificationStatus | RateLimitEnvelope:
    if response.status_code == 429:
        response_429 = RateLimitEnvelope.from_dict(response.json())

        return response_429

    if 200 <= response.status_code <= 299:
        response_2xx = IdentificationStatus.from_dict(response.json())

        return response_2xx

    if 400 <= response.status_code <= 499:
        response_4xx = ErrorEnvelope.from_dict(response.json())

        return response_4xx

    response_default = ErrorEnvelope.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorEnvelope | IdentificationStatus | RateLimitEnvelope]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
) -> Response[ErrorEnvelope | IdentificationStatus | RateLimitEnvelope]:
    """Get the liveness check status for the order.

     Two authorizations travel together: the partner's (client token or API key, never both) and the
    customer's
    (user token). The page names the errors of each; how they travel is from the vendor docs.

    Args:
        id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorEnvelope | IdentificationStatus | RateLimitEnvelope]
    """

    kwargs = _get_kwargs(
        id=id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: str,
    *,
    client: AuthenticatedClient,
) -> ErrorEnvelope | IdentificationStatus | RateLimitEnvelope | None:
    """Get the liveness check status for the order.

     Two authorizations travel together: the partner's (client token or API key, never both) and the
    customer's
    (user token). The page names the errors of each; how they travel is from the vendor docs.

    Args:
        id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorEnvelope | IdentificationStatus | RateLimitEnvelope
    """

    return sync_detailed(
        id=id,
        client=client,
    ).parsed


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
) -> Response[ErrorEnvelope | IdentificationStatus | RateLimitEnvelope]:
    """Get the liveness check status for the order.

     Two authorizations travel together: the partner's (client token or API key, never both) and the
    customer's
    (user token). The page names the errors of each; how they travel is from the vendor docs.

    Args:
        id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorEnvelope | IdentificationStatus | RateLimitEnvelope]
    """

    kwargs = _get_kwargs(
        id=id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: str,
    *,
    client: AuthenticatedClient,
) -> ErrorEnvelope | IdentificationStatus | RateLimitEnvelope | None:
    """Get the liveness check status for the order.

     Two authorizations travel together: the partner's (client token or API key, never both) and the
    customer's
    (user token). The page names the errors of each; how they travel is from the vendor docs.

    Args:
        id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorEnvelope | IdentificationStatus | RateLimitEnvelope
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
        )
    ).parsed
