"""`GET /health` for whoever watches over the process."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.errors import SettingsError


@asynccontextmanager
async def serving_health(port: int | None, *, is_ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Answer 200 while the bot is connected and 503 while it is not; without a port there is nothing to answer.

    Raise SettingsError if the port cannot be opened.
    """
    if port is None:
        yield
        return

    async def answer(_: web.Request) -> web.Response:
        ready = is_ready()
        return web.json_response({"ready": ready}, status=200 if ready else 503)

    application = web.Application()
    application.router.add_get("/health", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await _open(runner, port)
        yield
    finally:
        await runner.cleanup()


async def _open(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, port=port).start()
    except OSError as failed:
        raise SettingsError(f"HEALTH_PORT {port} cannot be opened: {failed.strerror}.") from None
