"""The one file that speaks HTTP to OpenRouter: one operation a method, foreign errors translated here."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
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
"""Bytes; a real answer has 31,000."""

TIMEOUT = timedelta(seconds=20)
LONGEST_RETRY_AFTER = timedelta(days=1)
"""OpenRouter's longest quota is a day's: a longer wait is a mistake, and must not silence the bot."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AppIdentity:
    """How the app names itself to OpenRouter; all of it is optional."""

    referer: str | None = None
    title: str | None = None
    categories: str | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that OpenRouter reads for this."""
        named = {
            "HTTP-Referer": self.referer,
            "X-OpenRouter-Title": self.title,
            "X-OpenRouter-Categories": self.categories,
        }
        return {header: value for header, value in named.items() if value is not None}


class OpenRouterClient:
    """OpenRouter's API, as far as the bot needs it. Each call is one request: the caller decides when to try again.

    The `http` client that it is handed stays its owner's to close.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        api_key: SecretStr | None = None,
        server_url: str = BASE_URL,
        identity: AppIdentity | None = None,
        timeout: timedelta = TIMEOUT,
    ) -> None:
        """Send the key to `server_url` in one header, and nowhere else; `timeout` bounds each call, body included."""
        self._http = http
        self._api_key = api_key
        self._server_url = server_url.rstrip("/")
        self._identity = identity or AppIdentity()
        self._timeout = timeout

    async def get_task_classifications(self, window: Window = "7d", *, now: Clock = utc_now) -> Snapshot:
        """Fetch how traffic divides among tasks; raise OpenRouterError.

        Source: https://openrouter.ai/docs/api, operation `getTaskClassifications`. A window that it does not
        serve is refused before a request is spent.
        """
        if window not in get_args(Window):
            raise UnsupportedWindowError(
                operator=f"OpenRouter serves no window of {window}: use {', '.join(get_args(Window))}."
            )
        authorization = {} if self._api_key is None else {"Authorization": f"Bearer {self._api_key.get_secret_value()}"}
        body = await self._get("/classifications/task", query={"window": window}, headers=authorization)
        snapshot = Snapshot.parse(body, fetched_at=now())
        if snapshot.left_out:
            log.warning("%s", snapshot.left_out)
        return snapshot

    async def get_models(self) -> Mapping[str, str]:
        """Fetch the display name of each model by its `canonical_slug`; needs no key; raise OpenRouterError."""
        return parse_model_listing(await self._get("/models", query={}, headers={}))

    async def _get(self, path: str, *, query: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
        """Send one request and return the whole body; the body of an error is not read."""
        seconds = self._timeout.total_seconds()
        url = f"{self._server_url}{path}"
        sent = {"Accept": "application/json", **self._identity.headers, **headers}
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
            raise InvalidResponseError(operator="OpenRouter's answer is packed in a way that cannot be read.") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as failed:
            # The foreign error holds the request, and with it the key: only its kind is told.
            raise UnreachableError(operator=f"OpenRouter cannot be reached ({type(failed).__name__}).") from None


async def _read_bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise InvalidResponseError(operator="OpenRouter's answer is larger than 5 MB, which it never should be.")
    return bytes(body)


_STATUS_ERRORS: Mapping[int, tuple[type[APIStatusError], str]] = {
    400: (BadRequestError, "OpenRouter does not understand the request (400): the bot needs an update."),
    401: (UnauthorizedError, "OpenRouter does not accept the key (401): check OPENROUTER_API_KEY."),
    429: (TooManyRequestsError, "OpenRouter's quota is spent for now (429): it is asked again later."),
    500: (InternalServerError, "OpenRouter has an error of its own (500): it is asked again later."),
}


def _status_error(response: httpx.Response) -> OpenRouterError:
    """Translate a status that is not 200; what the body says is not repeated, as it may echo the request."""
    status = response.status_code
    if response.is_error:
        later = f"OpenRouter answered with status {status}: it is asked again later."
        kind, explained = _STATUS_ERRORS.get(status, (APIError, later))
        header = response.headers.get("Retry-After")
        wait = parse_retry_after(header, now=utc_now(), longest=LONGEST_RETRY_AFTER)
        return kind(status, operator=explained, retry_after=wait)
    if response.is_redirect:
        return InvalidResponseError(operator=f"OpenRouter sent a redirect ({status}): check OPENROUTER_BASE_URL.")
    return InvalidResponseError(operator=f"OpenRouter answered with status {status} in place of 200.")
