"""The one file that speaks HTTP to OpenRouter: one operation a method, foreign errors translated here."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
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
LONGEST_RETRY_AFTER = timedelta(days=1)
"""The longest quota of OpenRouter's is a day's; what asks for more is a mistake that must not silence the bot."""
FIRST_SERVER_ERROR = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Retries:
    """How often and how long a failed call is repeated: full jitter below a ceiling that grows by `factor`."""

    count: int = 5
    first: timedelta = timedelta(milliseconds=500)
    factor: float = 1.5
    longest: timedelta = timedelta(seconds=60)
    budget: timedelta = timedelta(minutes=2)
    """No retry starts later than this after the call began."""

    def ceiling(self, attempt: int) -> timedelta:
        """The longest wait before retry number `attempt`, counted from 0."""
        grown = self.first.total_seconds() * self.factor**attempt
        return timedelta(seconds=min(self.longest.total_seconds(), grown))


NO_RETRIES = Retries(count=0)


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


@dataclass(frozen=True)
class CallOptions:
    """What one call may set for itself; what is left out is the client's own."""

    timeout: timedelta = timedelta(seconds=20)
    """For each attempt, body included."""
    retries: Retries = NO_RETRIES
    server_url: str | None = None
    headers: Mapping[str, str] | None = None


class OpenRouterClient:
    """OpenRouter's API, as far as the bot needs it; the `http` client that it is handed stays its owner's to close."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        api_key: SecretStr | None = None,
        server_url: str = BASE_URL,
        identity: AppIdentity | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Speak to `server_url` with the key, which is put into the one header and nowhere else."""
        self._http = http
        self._api_key = api_key
        self._server_url = server_url.rstrip("/")
        self._identity = identity or AppIdentity()
        self._sleep = sleep

    async def get_task_classifications(
        self, window: Window = "7d", *, options: CallOptions | None = None, now: Clock = utc_now
    ) -> Snapshot:
        """Fetch how traffic divides among tasks; raise OpenRouterError.

        Source: https://openrouter.ai/docs/api, operation `getTaskClassifications`. A window that it does not
        serve is refused before a request is spent.
        """
        if window not in get_args(Window):
            raise UnsupportedWindowError(
                operator=f"OpenRouter serves no window of {window}: use {', '.join(get_args(Window))}."
            )
        options = options or CallOptions()
        authorization = {} if self._api_key is None else {"Authorization": f"Bearer {self._api_key.get_secret_value()}"}
        body = await self._get(
            "/classifications/task", query={"window": window}, headers=authorization, options=options
        )
        snapshot = Snapshot.parse(body, fetched_at=now())
        if snapshot.left_out:
            log.warning("%s", snapshot.left_out)
        return snapshot

    async def get_models(self, *, options: CallOptions | None = None) -> Mapping[str, str]:
        """Fetch the display name of each model by its `canonical_slug`; needs no key; raise OpenRouterError."""
        body = await self._get("/models", query={}, headers={}, options=options or CallOptions())
        return parse_model_listing(body)

    async def _get(
        self, path: str, *, query: Mapping[str, str], headers: Mapping[str, str], options: CallOptions
    ) -> bytes:
        """Send until it succeeds, fails for good, or the retries are used up."""
        loop = asyncio.get_running_loop()
        last_start = loop.time() + options.retries.budget.total_seconds()
        url = f"{(options.server_url or self._server_url).rstrip('/')}{path}"
        # httpx.Headers replaces without regard to case: no header is ever sent twice.
        sent = httpx.Headers({"Accept": "application/json"})
        for layer in (self._identity.headers, options.headers or {}, headers):
            sent.update(layer)
        for attempt in range(options.retries.count + 1):
            try:
                return await self._send(url, query=query, headers=sent, patience=options.timeout)
            except OpenRouterError as error:
                wait = random.random() * options.retries.ceiling(attempt).total_seconds()  # noqa: S311 - jitter
                if isinstance(error, APIStatusError) and error.retry_after:
                    wait = max(wait, error.retry_after.total_seconds())
                is_last = attempt == options.retries.count or loop.time() + wait > last_start
                if is_last or not _may_be_retried(error):
                    raise
                log.info("OpenRouter failed (%s), asking again in %.1f s", type(error).__name__, wait)
                await self._sleep(wait)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _send(self, url: str, *, query: Mapping[str, str], headers: httpx.Headers, patience: timedelta) -> bytes:
        """Send once and return the whole body; the time-out covers the body as well, and an error's is not read."""
        seconds = patience.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                request = self._http.build_request("GET", url, params=query, headers=headers, timeout=seconds)
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


def _may_be_retried(error: OpenRouterError) -> bool:
    if isinstance(error, APIStatusError):
        return error.status >= FIRST_SERVER_ERROR
    return isinstance(error, RequestTimeoutError | UnreachableError)


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
