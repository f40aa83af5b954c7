"""The answer of `GET /classifications/task`, with the API's own names, and the snapshot that keeps it.

Source of the names and their meaning: OpenRouter's OpenAPI description, operation `getTaskClassifications`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from bot.errors import InvalidResponseError
from bot.market.parsing import INVALID_VALUE, parse_answer

Window = Literal["7d"]

ROUNDING_TOLERANCE = 1e-9
"""How far a share may lie outside 0–1 before it is invalid; sums have rounding errors."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d($|[T ])", re.ASCII)


def _fraction(share: float) -> float:
    nearest = min(1.0, max(0.0, share))
    if not abs(share - nearest) <= ROUNDING_TOLERANCE:  # NaN compares false, so it is refused
        raise PydanticCustomError(INVALID_VALUE, "a share lies between 0 and 1")
    return nearest


def _whole(number: object) -> object:
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _day(written: object) -> object:
    """Read a date, or the UTC date of an instant; return anything else unchanged, for pydantic to refuse."""
    if not (isinstance(written, str) and _DAY.match(written)):
        return written
    try:
        at = datetime.fromisoformat(written)
        return (at.astimezone(UTC) if at.tzinfo else at).date()
    except (ValueError, OverflowError):
        return written


def _is_true(value: object) -> bool:
    return value is True


Share = Annotated[float, AfterValidator(_fraction)]
"""A fraction, 0–1, as precise as the source gives it."""

CLOCK_SKEW = timedelta(days=1)
"""How far `as_of` may lie ahead of this machine's UTC date before the answer is refused."""

CITATION = "Source: OpenRouter (openrouter.ai/rankings), as of {as_of}."
LICENCE = "Licensed under CC BY 4.0."
SYNTHETIC = "synthetic: drawn to show the picture, not OpenRouter's data"
"""Stands in the place of the citation where the data is not OpenRouter's."""

RANKINGS_URL = "https://openrouter.ai/rankings"


class _Answered(BaseModel):
    """A part of the answer: frozen, with strict types; ignores unknown fields."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class TaskClassificationModel(_Answered):
    """One of a task's top models by requests."""

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
    """A macro-category and its shares of all classified traffic."""

    key: str
    label: str
    usage_share: Share
    token_share: Share


def _not_empty(tasks: tuple[TaskClassificationItem, ...]) -> tuple[TaskClassificationItem, ...]:
    if not tasks:  # pydantic's `min_length` would also report an error for a list whose entries are malformed
        raise PydanticCustomError(INVALID_VALUE, "there is at least one task")
    return tasks


class TaskClassificationData(_Answered):
    """The shares over a trailing window of `window_days` days, whose last is the UTC date `as_of`."""

    window_days: Annotated[int, BeforeValidator(_whole), Field(gt=0)]
    as_of: Annotated[date, BeforeValidator(_day)]
    classifications: Annotated[tuple[TaskClassificationItem, ...], AfterValidator(_not_empty)]
    macro_categories: tuple[TaskClassificationMacroCategory, ...]


class TaskClassificationResponse(_Answered):
    """The whole answer."""

    data: TaskClassificationData
    synthetic: Annotated[bool, BeforeValidator(_is_true)] = False
    """Whether the data is made up. This is our own mark: OpenRouter does not send it."""


@dataclass(frozen=True)
class Snapshot:
    """One answer as received, and its parsed data."""

    body: bytes = field(repr=False)
    fetched_at: datetime
    """Aware UTC."""
    data: TaskClassificationData = field(repr=False, compare=False)
    left_out: str = field(default="", repr=False, compare=False)
    """A sentence for the log: how many entries of the body are not in `data`, and why; empty if all are."""
    is_synthetic: bool = field(default=False, repr=False, compare=False)
    """Whether the data is made up, so that it has no source to cite and must not be archived."""

    @classmethod
    def parse(cls, body: bytes, *, fetched_at: datetime) -> "Snapshot":
        """Parse an answer; raise InvalidResponseError, also if its date lies in the future."""
        answer, left_out = parse_answer(TaskClassificationResponse, body, named="answer")
        if answer.data.as_of > fetched_at.date() + CLOCK_SKEW:
            raise InvalidResponseError(
                operator=f"OpenRouter's answer has the date {answer.data.as_of}, which is in the future."
            )
        return cls(
            body=body,
            fetched_at=fetched_at,
            data=answer.data,
            left_out=left_out,
            is_synthetic=answer.synthetic,
        )

    @cached_property
    def sha256(self) -> str:
        """The hash of the body in hexadecimal; a different hash for the same `as_of` is a revision."""
        return sha256(self.body).hexdigest()

    @property
    def as_of(self) -> date:
        """The last UTC date that the window covers."""
        return self.data.as_of

    @property
    def ends_at(self) -> datetime:
        """The end of the day `as_of`, aware UTC; the data's age counts from here."""
        return datetime.combine(self.as_of + timedelta(days=1), datetime.min.time(), tzinfo=UTC)

    @property
    def citation(self) -> str:
        """The citation that OpenRouter requires, with the licence of the data; of synthetic data, that it is such."""
        return SYNTHETIC if self.is_synthetic else f"{CITATION.format(as_of=self.as_of.isoformat())} {LICENCE}"


class _ListedModel(BaseModel):
    """A model of `GET /models`: only what its name needs."""

    id: str
    name: str
    canonical_slug: str

    @property
    def name_without_variant(self) -> str:
        """The name without the variant: `X (free)` is a variant of `X`."""
        variant = self.id.partition(":")[2]
        return self.name.removesuffix(f"({variant})").strip() if variant else self.name


class _ModelListing(BaseModel):
    data: list[_ListedModel]


def parse_model_listing(body: bytes) -> Mapping[str, str]:
    """Parse the answer of `GET /models` to names by `canonical_slug`; raise InvalidResponseError.

    A variant has its model's slug; its name counts only if the model itself is not listed.
    """
    listing, _ = parse_answer(_ModelListing, body, named="list of models")
    variants_first = sorted(listing.data, key=lambda model: ":" not in model.id)
    return {model.canonical_slug: model.name_without_variant for model in variants_first}
