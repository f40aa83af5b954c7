"""Small valid answers of the endpoint, which a test can alter."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from bot.market.models import Snapshot

Json = dict[str, Any]


def model(model_id: str, requests: float = 0.1, tokens: float = 0.1) -> Json:
    """A model in a task."""
    return {"id": model_id, "tag_usage_share": requests, "tag_token_share": tokens}


def task(tag: str, requests: float = 0.1, tokens: float = 0.1, **altered: object) -> Json:
    """A task with one model."""
    return {
        "tag": tag,
        "display_name": tag.title(),
        "macro_category": "code",
        "usage_share": requests,
        "token_share": tokens,
        "category_usage_share": requests,
        "category_token_share": tokens,
        "models": [model("maker/alpha-20260101")],
        **altered,
    }


def category(key: str, requests: float = 0.5, tokens: float = 0.5, **altered: object) -> Json:
    """A macro-category."""
    return {"key": key, "label": key.title(), "usage_share": requests, "token_share": tokens, **altered}


def answer(
    as_of: date | str = "2026-08-31",
    *,
    tasks: Sequence[Json] | None = None,
    categories: Sequence[Json] | None = None,
    **altered: object,
) -> Json:
    """A whole answer; `altered` fields replace those in `data`."""
    return {
        "data": {
            "window_days": 7,
            "as_of": str(as_of),
            "classifications": [task("code:debugging")] if tasks is None else list(tasks),
            "macro_categories": [category("code")] if categories is None else list(categories),
            **altered,
        }
    }


def body(of: Mapping[str, object]) -> bytes:
    """The bytes of an answer; NaN and infinities are written as Python writes them."""
    return json.dumps(of).encode()


def snapshot(
    as_of: date | str = "2026-08-31",
    *,
    fetched_at: datetime = datetime(2026, 9, 1, tzinfo=UTC),
    tasks: Sequence[Json] | None = None,
    categories: Sequence[Json] | None = None,
) -> Snapshot:
    """A snapshot of such an answer."""
    return Snapshot.parse(body(answer(as_of, tasks=tasks, categories=categories)), fetched_at=fetched_at)
