"""Answers in files: as OpenRouter sent them, inside an envelope of an archive, or as a line of our own export. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from bot.errors import InvalidResponseError
from bot.market.models import Snapshot, Window
from bot.storage.revisions import Revision

WINDOW: Window = "7d"
Json = Any

ENDPOINT = "classifications/task"
FORMATS: Sequence[Mapping[str, Json]] = [
    {"separators": separators, "indent": indent}
    for separators, indent in (((",", ":"), None), ((", ", ": "), None), ((",", ": "), 2))
]
"""How JSON is usually written, the most usual first."""


class ExportedRevision(BaseModel):
    """A line of an export."""

    model_config = ConfigDict(strict=True, extra="ignore")

    window: Window
    as_of: date
    fetched_at: AwareDatetime | None
    """None if it is unknown; `checked_at` is then the latest possible time."""
    checked_at: AwareDatetime
    sha256: str
    body: str

    @classmethod
    def of(cls, revision: Revision) -> "ExportedRevision":
        """Write a revision of the archive."""
        return cls(
            window=revision.window,
            as_of=revision.as_of,
            fetched_at=revision.fetched_at if revision.fetched_at_known else None,
            checked_at=revision.checked_at,
            sha256=revision.sha256,
            body=revision.body.decode(),
        )


@dataclass(frozen=True)
class Answer:
    """An answer as a file holds it, with what the file says about it."""

    body: bytes = field(repr=False)
    as_of: date | None = None
    fetched_at: datetime | None = None
    """Aware UTC; None if the file does not say it."""
    checked_at: datetime | None = None
    """Aware UTC, of an export. Without `fetched_at` it is the latest possible time."""
    is_exact: bool = False
    """Whether the body is known to have the very bytes that OpenRouter sent."""

    def checked(self, *, written_at: datetime, now: datetime) -> Revision:
        """Check the answer like a live one; raise InvalidResponseError. `written_at` is the time of the file.

        If the file does not say when the answer was fetched, it was fetched before the file was written, and not
        before the end of its day.
        """
        if max(self.fetched_at or now, self.checked_at or now) > now:
            raise InvalidResponseError("it says that it was fetched in the future: check the clocks")
        snapshot = Snapshot.parse(self.body, fetched_at=self.fetched_at or now)
        if self.as_of not in (None, snapshot.as_of):
            raise InvalidResponseError(f"it says as_of {self.as_of}, but its answer is as of {snapshot.as_of}")
        if f"{snapshot.data.window_days}d" != WINDOW:
            raise InvalidResponseError(f"its window has {snapshot.data.window_days} days instead of 7")
        latest = self.checked_at or min(max(written_at, snapshot.ends_at), now)
        return Revision(
            WINDOW,
            snapshot.as_of,
            self.body,
            fetched_at=self.fetched_at or latest,
            checked_at=self.checked_at or self.fetched_at or latest,
            fetched_at_known=self.fetched_at is not None,
            may_be_reformatted=not self.is_exact,
        )


def is_exported(line: bytes) -> bool:
    """Whether a line is one of an export, however malformed."""
    try:
        return {"sha256", "body"} <= _parse(line).keys()
    except InvalidResponseError:
        return False


def read_exported(line: bytes) -> Answer:
    """Read a line of an export; raise InvalidResponseError."""
    try:
        row = ExportedRevision.model_validate_json(line)
    except ValidationError as invalid:
        error = invalid.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, error["loc"])) or "the line"
        raise InvalidResponseError(f"{place} is malformed: {error['msg']}") from None
    body = row.body.encode()
    if sha256(body).hexdigest() != row.sha256:
        raise InvalidResponseError("its body does not match its sha256")
    _refuse_synthetic(_parse(line))
    _refuse_synthetic(_parse(body))
    return Answer(body, row.as_of, row.fetched_at, row.checked_at, is_exact=True)


def read_document(text: bytes) -> Answer:
    """Read a whole file: an answer, or an envelope that holds one; raise InvalidResponseError."""
    value = _parse(text)
    _refuse_synthetic(value)
    if "data" in value:
        return Answer(text)
    if "requests" in value or "response" in value:
        return _open_envelope(value)
    raise InvalidResponseError("it is neither an answer of OpenRouter nor an envelope with one")


def _open_envelope(envelope: Mapping[str, Json]) -> Answer:
    requests = envelope.get("requests", [envelope])
    request = _find_request(requests)
    _refuse_synthetic(request)
    answer = _answer_in(request.get("response"))
    for holder in (envelope, request):
        if holder.get("content_sha256") is not None:
            _verify(str(holder["content_sha256"]), request["response"], requests)
    fetched_at = request.get("fetched_at", envelope.get("fetched_at"))
    as_of = None if envelope.get("as_of") is None else _instant(envelope["as_of"], "as_of").date()
    return replace(answer, as_of=as_of, fetched_at=None if fetched_at is None else _instant(fetched_at, "fetched_at"))


def _find_request(requests: Json) -> Mapping[str, Json]:
    """The one request for the tasks of the window; raise InvalidResponseError if there is none, or several."""
    listed = [each for each in requests if isinstance(each, dict)] if isinstance(requests, list) else []
    found = [each for each in listed if _is_for_tasks(each, is_only=len(listed) == 1)]
    if len(found) != 1:
        count = "no request" if not found else f"{len(found)} requests"
        raise InvalidResponseError(f"its envelope holds {count} for {ENDPOINT} with the window {WINDOW}")
    return found[0]


def _is_for_tasks(request: Mapping[str, Json], *, is_only: bool) -> bool:
    address = request.get("path", request.get("url"))
    if address is None:
        return is_only
    try:
        parts = urlsplit(str(address))
    except ValueError:
        return False
    params = request.get("params")
    window = params.get("window") if isinstance(params, dict) else parse_qs(parts.query).get("window", [None])[0]
    return parts.path.rstrip("/").endswith(ENDPOINT) and window in (None, WINDOW)


def _answer_in(response: Json) -> Answer:
    """The answer as text, or as JSON: then its bytes are those that OpenRouter sends, compact and in its order."""
    if isinstance(response, str):
        body = response.encode("utf-8", "replace")
        _refuse_synthetic(_parse(body))
        return Answer(body)
    if not isinstance(response, dict):
        raise InvalidResponseError("its envelope holds no response")
    _refuse_synthetic(response)
    return Answer(_written(response, **FORMATS[0]))


def _verify(expected: str, response: Json, requests: Sequence[Json]) -> None:
    """Compare an envelope's hash with those of its content, as it is usually written; raise InvalidResponseError."""
    digest = expected.lower().removeprefix("sha256:")
    if not any(sha256(form).hexdigest() == digest for form in _forms(response, requests)):
        raise InvalidResponseError("its content_sha256 fits neither its response nor its requests: fetch it again")


def _forms(response: Json, requests: Sequence[Json]) -> Iterator[bytes]:
    """The texts that an envelope's hash can be of, the most likely first."""
    if isinstance(response, str):
        yield response.encode("utf-8", "replace")
        response = _parse(response.encode("utf-8", "replace"))
    responses = [each.get("response") for each in requests if isinstance(each, dict)]
    contents = (response, response.get("data"), responses, requests)
    for form, content, sort_keys, ascii_only in product(FORMATS, contents, (False, True), (False, True)):
        text = _written(content, sort_keys=sort_keys, ensure_ascii=ascii_only, **form)
        yield text
        yield text + b"\n"


def _written(value: Json, *, ensure_ascii: bool = False, **form: Json) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=ensure_ascii, **form).encode()
    except (ValueError, RecursionError):
        raise InvalidResponseError("its response cannot be written as JSON again") from None


def _parse(text: bytes) -> Mapping[str, Json]:
    try:
        value = json.loads(text)  # as tolerant as the check of live answers: orjson knows no NaN
    except (ValueError, RecursionError) as malformed:
        raise InvalidResponseError(f"it is not JSON ({malformed})") from None
    if not isinstance(value, dict):
        raise InvalidResponseError("it is not a JSON object")
    return value


def _refuse_synthetic(value: Mapping[str, Json]) -> None:
    """Refuse invented days, however they are wrapped: an archive has real answers only."""
    data = value.get("data")
    if value.get("synthetic") or (isinstance(data, dict) and data.get("synthetic")):
        raise InvalidResponseError("it is marked as synthetic, and the archive takes real answers only")


def _instant(written: Json, name: str) -> datetime:
    """Read an instant; one without a zone is in UTC, as all dates of the source are."""
    try:
        at = datetime.fromisoformat(written)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        raise InvalidResponseError(f"its {name} is not a time such as 2026-09-08T00:39:00Z") from None
