"""The answer of `GET /classifications/task`, in the API's own words, and the snapshot that keeps it.

Source of the names and their meaning: OpenRouter's OpenAPI description, operation `getTaskClassifications`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import InvalidResponseError

Window = Literal["7d"]
WINDOWS: tuple[Window, ...] = get_args(Window)

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""A fraction, 0–1, as fine as the source gives it."""

CLOCK_SKEW = timedelta(days=1)
"""How far `as_of` may lie ahead of this machine's date before the answer is refused."""

CITATION = "Source: OpenRouter (openrouter.ai/rankings), as of {as_of}."
LICENCE = "Licensed under CC BY 4.0."
RANKINGS_URL = "https://openrouter.ai/rankings"


class _Answered(BaseModel):
    """A part of the answer: frozen, strict about types, and blind to fields that are new."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class TaskClassificationModel(_Answered):
    """A model among the top ones of a task, by requests."""

    id: str
    tag_usage_share: Share
    tag_token_share: Share


class TaskClassificationItem(_Answered):
    """A task: its shares of all classified traffic and of its macro-category, and its top models."""

    tag: str
    display_name: str
    macro_category: str
    usage_share: Share
    token_share: Share
    category_usage_share: Share
    category_token_share: Share
    models: tuple[TaskClassificationModel, ...]


class TaskClassificationMacroCategory(_Answered):
    """A macro-category with its shares of all classified traffic."""

    key: str
    label: str
    usage_share: Share
    token_share: Share


class TaskClassificationData(_Answered):
    """The market shares over a trailing window that ends with the UTC date `as_of`."""

    window_days: Annotated[int, Field(gt=0)]
    as_of: date
    classifications: Annotated[tuple[TaskClassificationItem, ...], Field(min_length=1)]
    macro_categories: tuple[TaskClassificationMacroCategory, ...]


class TaskClassificationResponse(_Answered):
    """The whole answer."""

    data: TaskClassificationData


@dataclass(frozen=True)
class Snapshot:
    """One answer as it was received, and what it says."""

    body: bytes = field(repr=False)
    fetched_at: datetime
    """Aware UTC."""
    data: TaskClassificationData = field(repr=False, compare=False)

    @classmethod
    def parse(cls, body: bytes, *, fetched_at: datetime) -> "Snapshot":
        """Read an answer; raise InvalidResponseError with a sentence that says what was wrong."""
        try:
            answer = TaskClassificationResponse.model_validate_json(body)
        except ValidationError as invalid:
            raise InvalidResponseError(operator=_what_was_wrong(invalid)) from None
        if answer.data.as_of > fetched_at.date() + CLOCK_SKEW:
            raise InvalidResponseError(
                operator=f"OpenRouter's answer is of {answer.data.as_of}, which has not come yet."
            )
        return cls(body=body, fetched_at=fetched_at, data=answer.data)

    @cached_property
    def sha256(self) -> str:
        """The hash of the body, in hexadecimal: the same `as_of` with another hash is a revision."""
        return sha256(self.body).hexdigest()

    @property
    def as_of(self) -> date:
        """The last UTC date that the window covers."""
        return self.data.as_of

    @property
    def ends_at(self) -> datetime:
        """The end of the day `as_of`, aware UTC: from here the age of the data is counted."""
        return datetime.combine(self.as_of + timedelta(days=1), datetime.min.time(), tzinfo=UTC)

    @property
    def citation(self) -> str:
        """The citation that OpenRouter asks for, with the licence that it is republished under."""
        return f"{CITATION.format(as_of=self.as_of.isoformat())} {LICENCE}"


def _what_was_wrong(invalid: ValidationError) -> str:
    """Say where the answer departs from its description; what it held there is not repeated."""
    error = invalid.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in error["loc"])
    where = f" at {place}" if place else ""
    return f"OpenRouter's answer is not what its description says{where}: {error['msg']}."


class _ListedModel(BaseModel):
    """A model of `GET /models`, as far as its name goes."""

    id: str
    name: str
    canonical_slug: str

    @property
    def name_without_variant(self) -> str:
        """The name that all variants share: `X (free)` is a variant of `X`."""
        variant = self.id.partition(":")[2]
        return self.name.removesuffix(f"({variant})").strip() if variant else self.name


class _ModelListing(BaseModel):
    data: list[_ListedModel]


def parse_model_listing(body: bytes) -> Mapping[str, str]:
    """Read the answer of `GET /models`: each `canonical_slug` and its name; raise InvalidResponseError.

    A variant shares its model's slug, and lends its name only where the model itself is not listed.
    """
    try:
        listing = _ModelListing.model_validate_json(body)
    except ValidationError:
        raise InvalidResponseError(operator="OpenRouter's list of models is not what its description says.") from None
    variants_first = sorted(listing.data, key=lambda model: ":" not in model.id)
    return {model.canonical_slug: model.name_without_variant for model in variants_first}
