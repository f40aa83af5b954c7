"""Find the handler of a request by method and path."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import md5

from tests.wire.exchange import ApiError, Received, Reply


@dataclass(frozen=True, slots=True)
class Call:
    """A request with the named parts of its path."""

    received: Received
    parameters: Mapping[str, str]

    def number(self, name: str) -> int:
        """A part of the path as an id."""
        try:
            return int(self.parameters[name])
        except ValueError as exc:
            raise ApiError(400, 50035, "Invalid Form Body") from exc


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of Discord's API."""

    method: str
    template: str
    handler: Handler

    @property
    def bucket(self) -> str:
        """The name of its rate limit's bucket."""
        return md5(f"{self.method} {self.template}".encode(), usedforsecurity=False).hexdigest()

    def match(self, received: Received) -> Call | None:
        """The call, if method and path match."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template)
        found = re.fullmatch(pattern, received.path)
        if found is None or received.method != self.method:
            return None
        return Call(received, found.groupdict())


def find_route(routes: list[Route], received: Received) -> tuple[Route, Call] | None:
    """The first route that matches a request."""
    for route in routes:
        if (call := route.match(received)) is not None:
            return route, call
    return None
