"""Screenshots of the demo's post as it looks in a channel, on a desktop and on a phone. They need Chromium."""

import asyncio
import os
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from PIL import Image

from bot.operations.demo import opening_demo
from bot.operations.sample import SampleMarket

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
TIMEOUT = 60
"""Seconds for all screenshots."""

POLL_INTERVAL = 0.1
HEIGHT = 2000
"""Pixels; more than any post needs."""

COLOURS = 256
SETTLED_POST = """(() => {
    const status = document.querySelector("#action-status");
    const post = document.querySelector("#channel-message-list [data-message-id]");
    const images = [...(post?.querySelectorAll("img") ?? [])];
    const has_images = images.length > 1 && images.every((image) => image.naturalWidth > 0);
    const is_settled = has_images && status?.textContent.includes("Viewport updated");
    const {x, y, width, height} = post?.getBoundingClientRect() ?? {};
    return is_settled ? {x, y, width, height} : null;
})()"""
"""The place of the first post, once it has its avatar and its picture and the page has its final size."""


@dataclass(frozen=True)
class View:
    """The width of a window, and how much of the post's width is shown, in pixels."""

    width: int
    shown: int


VIEWS: Mapping[str, View] = {"card-desktop": View(1200, shown=740), "card-phone": View(390, shown=390)}
"""The windows by the names of their pictures."""


class Tab:
    """A tab of the browser, by the Chrome DevTools protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Talk to the tab over its socket."""
        self._socket = socket
        self._numbers = count(1)

    async def call(self, method: str, **parameters: object) -> Mapping[str, Any]:
        """Call a method of the protocol and return its result; raise RuntimeError if the tab refuses it."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            said = await self._socket.receive_json()
            if said.get("id") == number:
                break
        if "error" in said:
            raise RuntimeError(f"{method}: {said['error']}")
        return dict(said["result"])


def find_browser() -> str | None:
    """The path of Chromium, if it is installed."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


async def take_screenshots(browser: str) -> Mapping[str, bytes]:
    """Open the demo on the sample, and take a picture of its post in each window, as PNG; raise TimeoutError."""
    async with asyncio.timeout(TIMEOUT), opening_demo(SampleMarket()) as page, opening_tab(browser) as tab:
        return {name: _few_colours(await _take(tab, page.url, view)) for name, view in VIEWS.items()}


@asynccontextmanager
async def opening_tab(browser: str) -> AsyncIterator[Tab]:
    """Start the browser with an empty profile, and open a tab; it ends with the context."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            *(browser, *FLAGS, *_sandbox(), f"--user-data-dir={profile}", "about:blank"), stdout=DEVNULL, stderr=PIPE
        )
        try:
            async with aiohttp.ClientSession(await _address(process)) as session:
                async with session.get("/json/list") as answer:
                    (tab, *_) = await answer.json()
                async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    yield Tab(socket)
        finally:
            process.kill()
            await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Read from the browser's output where it listens."""
    if process.stderr is None:
        raise RuntimeError("the browser's output cannot be read")
    async for line in process.stderr:
        if found := re.search(r"DevTools listening on ws://([^/]+)/", line.decode(errors="replace")):
            return f"http://{found[1]}"
    raise RuntimeError("the browser does not start")


def _sandbox() -> Sequence[str]:
    """Chromium refuses to run as root in its sandbox."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


async def _take(tab: Tab, url: str, view: View) -> bytes:
    await tab.call(
        "Emulation.setDeviceMetricsOverride", width=view.width, height=HEIGHT, deviceScaleFactor=1, mobile=False
    )
    await tab.call("Page.navigate", url="about:blank")
    await tab.call("Page.navigate", url=url)
    while (box := await _settled_post(tab)) is None:  # noqa: ASYNC110 - what happens in the page sets no event
        await asyncio.sleep(POLL_INTERVAL)
    clip = {**box, "width": min(box["width"], view.shown), "scale": 1}
    shot = await tab.call("Page.captureScreenshot", clip=clip)
    return b64decode(shot["data"])


async def _settled_post(tab: Tab) -> dict[str, float] | None:
    found = await tab.call("Runtime.evaluate", expression=SETTLED_POST, returnByValue=True)
    box: dict[str, float] | None = found["result"].get("value")
    return box


def _few_colours(screenshot: bytes) -> bytes:
    """A screenshot with a palette, which makes it a third of the size."""
    written = BytesIO()
    with Image.open(BytesIO(screenshot)) as shot:
        few = shot.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(written, "PNG", optimize=True)
    return written.getvalue()
