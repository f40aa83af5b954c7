"""Odd snapshots and arbitrary ones: unusual data that is still valid by OpenRouter's documentation."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from hypothesis import strategies as st

from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.market.models import Snapshot
from bot.market.queries import category_keys, model_ids

Part = dict[str, Any]

FETCHED_AT: Final = datetime(2026, 9, 1, 1, tzinfo=UTC)
AS_OF: Final = "2026-08-31"
HOSTILE: Final = (
    "@everyone",
    "<@1> <#2> <@&3> <t:1:R> </rankings:1> <a:wave:1>",
    "`code` ``` block",
    "__under__ *star* ~~gone~~ ||hidden||",
    "[x](http://y)",
    "https://evil.example/a_b",
    "first\nsecond\r\nthird\u2028fourth",
    "\u202eright to left\u202c \u2067isolated\u2069",
    "zero\u200bwidth\u200d\ufeff",
    "\N{WAVING HAND SIGN}\U0001f3fd \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u2764\ufe0f",
    "代码生成 コード 코드",
    "$x^2$ $\\frac{1}$",
    "e" + "\u0301" * 299,
    "\u1160" * 300,
    "- list",
    "# head",
    "> quote",
    "-# small",
    "1. first",
    "back\\slash\\",
    "\x00\x07\x1b[31mred\x1b[0m\t",
    "שלום עולם",
    " padded ",
    "\u200b",
    " ",
    "",
    "overview",
    "task",
    "task:code",
    "a/tokens",
)
"""Texts that are possible, though unlikely, as a label, a key, a tag or an id."""


def model(model_id: str, requests: float = 0.1, tokens: float = 0.1) -> Part:
    """Make a model of a task."""
    return {"id": model_id, "tag_usage_share": requests, "tag_token_share": tokens}


def task(tag: str, label: str | None = None, **parts: Any) -> Part:
    """Make a task; `parts` override the fields of the API."""
    shares = ("usage_share", "token_share", "category_usage_share", "category_token_share")
    usual = {"tag": tag, "display_name": tag if label is None else label, "macro_category": "code", "models": []}
    return usual | dict.fromkeys(shares, 0.1) | {"models": [model("openai/gpt-4o-mini")]} | parts


def category(key: str, label: str | None = None, *, requests: float = 0.1, tokens: float = 0.1) -> Part:
    """Make a macro-category."""
    return {"key": key, "label": key if label is None else label, "usage_share": requests, "token_share": tokens}


def body_of(tasks: Sequence[Part], categories: Sequence[Part] = (), *, as_of: str = AS_OF, days: int = 7) -> bytes:
    """Make an answer as OpenRouter would send it."""
    data = {"window_days": days, "as_of": as_of, "classifications": tasks, "macro_categories": categories}
    return json.dumps({"data": data}).encode()


def snapshot_of(tasks: Sequence[Part], categories: Sequence[Part] = (), **rest: Any) -> Snapshot:
    """Make a snapshot of tasks and categories."""
    return Snapshot.parse(body_of(tasks, categories, **rest), fetched_at=FETCHED_AT)


def sixty_tasks() -> Snapshot:
    """Sixty tasks in one category."""
    return snapshot_of([task(f"code:{number}", f"Task {number}") for number in range(60)], [category("code", "Code")])


def long_labels() -> Snapshot:
    """Labels, keys, tags and ids of 300 characters."""
    tasks = [task("t" * 298 + f"{n:02}", "L" * 298 + f"{n:02}", models=[model("m" * 300)]) for n in range(12)]
    return snapshot_of(tasks, [category("code", "C" * 300), category("k" * 300, "K" * 300)])


def nearly_alike() -> Snapshot:
    """Sixty labels, tags and ids of 300 characters that differ only in the middle."""
    texts = ["x" * 150 + chr(ord("A") + number) + "x" * 149 for number in range(60)]
    models = [model(text, 0.01) for text in texts]
    return snapshot_of([task(text, models=models) for text in texts], [category("code", "Code")])


def long_tags() -> Snapshot:
    """Tags and ids of 200 characters, too long for any control."""
    tasks = [task("t" * 199 + str(n), f"Task {n}", models=[model("a/" + "m" * 198)]) for n in range(3)]
    return snapshot_of(tasks, [category("code", "Code"), category("c" * 200, "Long")])


def no_models() -> Snapshot:
    """Two tasks without models, and one with."""
    tasks = [task("code:none", "None", models=[]), task("code:one", "One"), task("code:nil", "Nil", models=[])]
    return snapshot_of(tasks, [category("code", "Code")])


def hostile_texts() -> Snapshot:
    """Every hostile text as a label, a tag, a category and an id."""
    models = [model(text, 0.05) for text in HOSTILE]
    tasks = [task(text, macro_category=text, models=[model(text), *models]) for text in HOSTILE]
    return snapshot_of(tasks, [category(text) for text in HOSTILE])


def hostile_labels() -> Snapshot:
    """Every hostile text as a label in one category, and in the id of the leading model."""
    tasks = [task(f"code:{n}", text, models=[model(f"a/{text}")]) for n, text in enumerate(HOSTILE)]
    return snapshot_of(tasks, [category("code", "Code")])


def combining_marks() -> Snapshot:
    """Labels and ids of hundreds of characters that are a few cells wide."""
    texts = [f"{n}" + "\u0301\u1160" * 140 for n in range(35)]
    models = [model(text, 0.02) for text in texts]
    return snapshot_of([task(text, models=models) for text in texts], [category("code", texts[0])])


def looking_alike() -> Snapshot:
    """Labels and ids that differ only in invisible characters."""
    texts = ["Look Alike", "Look\nAlike", "Look\u200b Alike", "Look  Alike", " Look Alike", "`a`", "\u02cba\u02cb"]
    models = [model(text, 0.1) for text in texts]
    return snapshot_of([task(text, models=models) for text in texts], [category("code", "Code")])


def new_categories(count: int = 9) -> Snapshot:
    """More macro-categories than usual, with two tasks each; only tasks mention the last one."""
    keys = ["code", "data", "agent", "general", *(f"category {number}" for number in range(5, count + 1))]
    tasks = [task(f"{key}:{n}", f"{key} {n}", macro_category=key) for key in keys for n in (1, 2)]
    return snapshot_of(tasks, [category(key, key.title()) for key in keys[:-1]])


def ties() -> Snapshot:
    """Everything has the same share."""
    models = [model(f"maker/model-{number}", 0.1, 0.1) for number in range(10)]
    return snapshot_of(
        [task(f"code:{number}", f"Task {number}", models=models) for number in range(5)],
        [category("code", "Code"), category("data", "Data")],
    )


def zero_shares() -> Snapshot:
    """Every share is zero."""
    shares = dict.fromkeys(("usage_share", "token_share", "category_usage_share", "category_token_share"), 0)
    tasks = [task(f"code:{number}", f"Task {number}", models=[model("a/b", 0, 0)], **shares) for number in range(3)]
    return snapshot_of(tasks, [category("code", "Code", requests=0, tokens=0)])


def whole_shares() -> Snapshot:
    """One task has everything."""
    shares = dict.fromkeys(("usage_share", "token_share", "category_usage_share", "category_token_share"), 1)
    tasks = [task("code:all", "All", models=[model("a/b", 1, 1)], **shares)]
    return snapshot_of(tasks, [category("code", "Code", requests=1, tokens=1)])


def category_without_tasks() -> Snapshot:
    """A category that no task belongs to, and a task whose category is not listed."""
    return snapshot_of([task("code:one", "One")], [category("empty", "Empty")])


def duplicate_tags() -> Snapshot:
    """The same tag, category and model more than once."""
    twice = [model("a/b", 0.2), model("a/b", 0.1)]
    tasks = [task("code:one", "First", models=twice), task("code:one", "Second", models=twice)]
    return snapshot_of(tasks, [category("code", "Code"), category("code", "Code again")])


def empty_texts() -> Snapshot:
    """Every text is empty."""
    return snapshot_of([task("", "", macro_category="", models=[model("")])], [category("", "")])


ODD: Final[Mapping[str, Callable[[], Snapshot]]] = {
    make.__name__: make
    for make in (
        sixty_tasks,
        long_labels,
        nearly_alike,
        long_tags,
        no_models,
        hostile_texts,
        hostile_labels,
        combining_marks,
        looking_alike,
        new_categories,
        ties,
        zero_shares,
        whole_shares,
        category_without_tasks,
        duplicate_tags,
        empty_texts,
    )
}
"""The odd snapshots by name, as parameters of tests."""


def boards_of(edition: Edition, *, most: int | None = None) -> list[Board]:
    """Every board of an edition, by both metrics; at most the first few of each kind."""
    data = edition.snapshot.data
    subjects: Mapping[BoardKind, Iterable[str]] = {
        BoardKind.CATEGORY: category_keys(data),
        BoardKind.TASK: dict.fromkeys(task.tag for task in data.classifications),
        BoardKind.MODEL: model_ids(data),
    }
    named = [Board(kind, subject) for kind, found in subjects.items() for subject in list(found)[:most]]
    return [board.by(metric) for board in (Board(BoardKind.OVERVIEW), *named) for metric in Metric]


def texts() -> st.SearchStrategy[str]:
    """Arbitrary texts, including hostile ones."""
    return st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE), st.text("aA_@", min_size=90, max_size=320))


def shares() -> st.SearchStrategy[float]:
    """Fractions with three decimals, and arbitrary ones."""
    return st.one_of(st.integers(0, 1000).map(lambda thousandths: thousandths / 1000), st.floats(0, 1))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Arbitrary snapshots that are valid by OpenRouter's documentation."""
    keys = draw(st.lists(texts(), min_size=1, max_size=5))
    models = st.builds(model, texts(), shares(), shares())
    tasks = st.builds(
        task,
        texts(),
        texts(),
        macro_category=st.one_of(st.sampled_from(keys), texts()),
        usage_share=shares(),
        token_share=shares(),
        category_usage_share=shares(),
        category_token_share=shares(),
        models=st.lists(models, max_size=6),
    )
    categories = [category(key, draw(texts()), requests=draw(shares()), tokens=draw(shares())) for key in keys]
    days = draw(st.integers(1, 400))
    return snapshot_of(draw(st.lists(tasks, min_size=1, max_size=6)), categories, days=days)
