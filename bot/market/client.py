"""OpenRouter's HTTP client: one method per operation, with all errors translated to the project's own."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import get_args

import httpx
from pydantic import SecretStr

from bot.clock import Clock, utc_now
from bot.errors import (
    APIError,
    APIStatusError,
    BadRequestError,
    InternalServerError,
    InvalidResponseError,
    OpenRouterError,
    RequestTimeoutError,
    TooManyRequestsError,
    UnauthorizedError,
    UnreachableError,
    UnsupportedWindowError,
)
from bot.market.models import Snapshot, Window, parse_model_listing
from bot.retry_after import parse_retry_after

BASE_URL = "https://openrouter.ai/api/v1"
LARGEST_BODY = 5_000_000
"""Bytes; a real answer has about 31,000."""

TIMEOUT = timedelta(seconds=20)
LONGEST_RETRY_AFTER = timedelta(days=1)
"""OpenRouter's longest quota is per day: a longer wait is a mistake and must not stop the bot."""

log = logging.getLogger(__name__)


class OpenRouterClient:
    """The part of OpenRouter's API that the bot needs. Each call makes one request; the caller decides about retries.

    Whoever opens the `http` client also closes it.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        api_key: SecretStr | None = None,
        server_url: str = BASE_URL,
        app_title: str | None = None,
        timeout: timedelta = TIMEOUT,
    ) -> None:
        """Send the key only to `server_url`, in the Authorization header; `timeout` limits each call, body included."""
        self._http = http
        self._api_key = api_key
        self._server_url = server_url.rstrip("/")
        self._app_headers = {} if app_title is None else {"X-OpenRouter-Title": app_title}
        self._timeout = timeout

    async def get_task_classifications(self, window: Window = "7d", *, now: Clock = utc_now) -> Snapshot:
        """Fetch the shares of traffic by task; raise OpenRouterError.

        Source: https://openrouter.ai/docs/api, operation `getTaskClassifications`. For a window that the endpoint
        does not offer, raise UnsupportedWindowError without a request.
        """
        if window not in get_args(Window):
            raise UnsupportedWindowError(
                operator=f"OpenRouter does not offer the window {window}: use {', '.join(get_args(Window))}."
            )
        authorization = {} if self._api_key is None else {"Authorization": f"Bearer {self._api_key.get_secret_value()}"}
        body = await self._get("/classifications/task", query={"window": window}, headers=authorization)
        snapshot = Snapshot.parse(body, fetched_at=now())
        if snapshot.is_synthetic:
            raise InvalidResponseError(
                operator="OpenRouter's answer says that it is synthetic: check OPENROUTER_BASE_URL."
            )
        if snapshot.left_out:
            log.warning("%s", snapshot.left_out)
        return snapshot

    async def get_models(self) -> Mapping[str, str]:
        """Fetch the display name of each model by its `canonical_slug`, without the key; raise OpenRouterError."""
        return parse_model_listing(await self._get("/models", query={}, headers={}))

    async def _get(self, path: str, *, query: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
        """Send one request and return the whole body; the body of an error response is not read."""
        seconds = self._timeout.total_seconds()
        url = f"{self._server_url}{path}"
        sent = {"Accept": "application/json", **self._app_headers, **headers}
        try:
            async with asyncio.timeout(seconds):
                request = self._http.build_request("GET", url, params=query, headers=sent, timeout=seconds)
                response = await self._http.send(request, stream=True, follow_redirects=False)
                try:
                    if response.status_code != httpx.codes.OK:
                        raise _status_error(response)
                    return await _read_bounded(response)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException):
            raise RequestTimeoutError(operator=f"OpenRouter did not answer within {seconds:g} seconds.") from None
        except httpx.DecodingError:
            raise InvalidResponseError(operator="OpenRouter's answer cannot be decompressed.") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as failed:
            # httpx's error contains the request, and with it the key: report only its type.
            raise UnreachableError(operator=f"OpenRouter cannot be reached ({type(failed).__name__}).") from None


async def _read_bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise InvalidResponseError(operator="OpenRouter's answer is larger than the limit of 5 MB.")
    return bytes(body)


_STATUS_ERRORS: Mapping[int, tuple[type[APIStatusError], str]] = {
    400: (BadRequestError, "OpenRouter rejects the request (400): update the bot."),
    401: (UnauthorizedError, "OpenRouter rejects the key (401): check OPENROUTER_API_KEY."),
    429: (TooManyRequestsError, "OpenRouter's rate limit is reached (429): the bot retries later."),
    500: (InternalServerError, "OpenRouter has an internal error (500): the bot retries later."),
}


def _status_error(response: httpx.Response) -> OpenRouterError:
    """Translate a status other than 200; the body is not reported, because it may echo the request."""
    status = response.status_code
    if response.is_error:
        later = f"OpenRouter answered with status {status}: the bot retries later."
        kind, explained = _STATUS_ERRORS.get(status, (APIError, later))
        header = response.headers.get("Retry-After")
        wait = parse_retry_after(header, now=utc_now(), longest=LONGEST_RETRY_AFTER)
        return kind(status, operator=explained, retry_after=wait)
    if response.is_redirect:
        return InvalidResponseError(operator=f"OpenRouter sent a redirect ({status}): check OPENROUTER_BASE_URL.")
    return InvalidResponseError(operator=f"OpenRouter answered with status {status} instead of 200.")
