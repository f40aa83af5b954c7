"""A small web server in a thread, for programs with their own event loop: answers by path and records requests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

UNAUTHORIZED = b'{"message": "401: Unauthorized", "code": 0}'


@dataclass(frozen=True)
class Page:
    """An answer."""

    status: int = 401
    body: bytes = UNAUTHORIZED
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Listener:
    """The answers by the end of the path, and the recorded requests; any other path gets a 401."""

    port: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The first line of each request."""
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def page(self, path: str) -> Page:
        """The answer for a path."""
        return next((page for end, page in self.pages.items() if path.partition("?")[0].endswith(end)), Page())


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen on a port of 127.0.0.1 while the block runs; as a proxy, it gets whole URLs."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listener.asked.append(self.requestline)
            listener.headers.append(dict(self.headers))
            page = listener.page(self.path)
            self.send_response(page.status)
            for name, value in {"Content-Type": "application/json", **page.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page.body)

        do_CONNECT = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listener.port = server.server_port
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield listener
        finally:
            server.shutdown()
            serving.join()
