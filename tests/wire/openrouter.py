"""The tests' OpenRouter: it serves given bytes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.wire.exchange import Received, Reply, json_reply
from tests.wire.server import LoopbackServer, utc_now

CACHE_CONTROL = "private, max-age=60, stale-while-revalidate=300"


@dataclass
class Page:
    """The answer for one path; a test can change it at any time."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(
        default_factory=lambda: {"Content-Type": "application/json", "Cache-Control": CACHE_CONTROL}
    )

    def reply(self) -> Reply:
        """The present answer."""
        return Reply(self.status, self.body, self.headers)


class OpenRouterStandIn(LoopbackServer):
    """Serves `classifications/task` and `models`, and records requests and headers."""

    prefix = "/api/v1"
    task_path = "/classifications/task"
    models_path = "/models"

    def __init__(self, body: bytes, *, models: bytes = b'{"data": []}', now: Callable[[], datetime] = utc_now) -> None:
        super().__init__(now=now)
        self.task = Page(body)
        self.models = Page(models)

    @property
    def base_url(self) -> str:
        """The value for `OPENROUTER_BASE_URL`."""
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    @property
    def task_requests(self) -> list[Received]:
        """The requests for the classifications, in order."""
        return self.find_requests("GET", self.task_path)

    def answer(self, received: Received) -> Reply:
        """The page for a path."""
        pages = {self.task_path: self.task, self.models_path: self.models}
        page = pages.get(received.path) if received.method == "GET" else None
        if page is None:
            self.unknown_requests.append(received)
            return json_reply({"error": {"code": 404, "message": "Not Found"}}, 404)
        return page.reply()
