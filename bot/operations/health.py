"""`GET /health` for monitoring."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.errors import SettingsError

if TYPE_CHECKING:
    from aiohttp import web


@asynccontextmanager
async def serving_health(port: int | None, *, find_trouble: Callable[[], str | None]) -> AsyncIterator[None]:
    """Answer 200, or 503 while `find_trouble` returns a sentence, which the answer includes; without a port do nothing.

    Raise SettingsError if the port cannot be opened.
    """
    if port is None:
        yield
        return
    # aiohttp's server costs 2 MB and 24 ms, and only HEALTH_PORT needs it.
    from aiohttp import web  # noqa: PLC0415

    async def answer(_: web.Request) -> web.Response:
        trouble = find_trouble()
        return web.json_response({"ready": trouble is None, "trouble": trouble}, status=503 if trouble else 200)

    application = web.Application()
    application.router.add_get("/health", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await _open(web.TCPSite(runner, port=port), port)
        yield
    finally:
        await runner.cleanup()


async def _open(site: "web.TCPSite", port: int) -> None:
    try:
        await site.start()
    except OSError as failed:
        raise SettingsError(f"HEALTH_PORT {port} cannot be opened: {failed.strerror}.") from None
