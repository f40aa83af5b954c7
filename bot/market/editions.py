"""An edition: a snapshot with names that people know, and how its tasks and models are found by them.

A model is called by OpenRouter's display name, or by a tidy form of its id; never are two called alike.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.market.boards import Board, BoardKind, Metric
from bot.market.models import Snapshot
from bot.market.queries import category_keys, category_label, model_ids, task_label
from bot.market.search import Candidate

_DATE = re.compile(r"-(?:(?P<year>20\d\d)-?)?(?P<month>0[1-9]|1[0-2])-?(?P<day>0[1-9]|[12]\d|3[01])$")
_SIZE = re.compile(r"a?\d+(\.\d+)?[bkm]")
_SPELLINGS = {
    "deepseek": "DeepSeek",
    "glm": "GLM",
    "gpt": "GPT",
    "it": "IT",
    "llama": "Llama",
    "mimo": "MiMo",
    "minimax": "MiniMax",
    "oss": "OSS",
    "qwq": "QwQ",
    "vl": "VL",
}
"""How makers spell a word of theirs that a capital letter alone does not give."""


@dataclass(frozen=True)
class Edition:
    """What a card is made from: a snapshot, and the display names known by then (`canonical_slug` to name)."""

    snapshot: Snapshot
    catalog: Mapping[str, str] = field(default_factory=dict, repr=False)

    @cached_property
    def model_names(self) -> Mapping[str, str]:
        """The name of each model in the snapshot, by id."""
        return distinct_names(model_ids(self.snapshot.data), self.catalog)

    @cached_property
    def category_labels(self) -> Mapping[str, str]:
        """The source's own label of each macro-category, by key."""
        data = self.snapshot.data
        return {key: category_label(data, key) for key in category_keys(data)}

    @cached_property
    def tasks(self) -> tuple[Candidate, ...]:
        """The tasks to be found by tag, label or category, the largest first."""
        data = self.snapshot.data
        labels = [category_label(data, task.macro_category) for task in data.classifications]
        return tuple(
            Candidate(task.tag, f"{task_label(task)} ({label})", (task_label(task), label))
            for task, label in zip(data.classifications, labels, strict=True)
        )

    @cached_property
    def models(self) -> tuple[Candidate, ...]:
        """The models to be found by id or name."""
        return tuple(Candidate(model_id, name) for model_id, name in self.model_names.items())

    @cached_property
    def boards(self) -> tuple[Candidate, ...]:
        """All boards by both metrics, to be found by any name of theirs, the broadest first."""
        named = (
            Candidate(BoardKind.OVERVIEW, "Overview"),
            *(Candidate(Board(BoardKind.CATEGORY, key).name, label) for key, label in self.category_labels.items()),
            *(_board(BoardKind.TASK, task, task.key, task.aliases[0]) for task in self.tasks),
            *(_board(BoardKind.MODEL, model, model.key) for model in self.models),
        )
        return tuple(_by(metric, board) for board in named for metric in Metric)

    @cached_property
    def key(self) -> tuple[str, int]:
        """Equal for editions that make the same cards."""
        return self.snapshot.sha256, hash(tuple(sorted(self.model_names.items())))


def _board(kind: BoardKind, subject: Candidate, *aliases: str) -> Candidate:
    return Candidate(Board(kind, subject.key).name, subject.label, aliases)


def _by(metric: Metric, board: Candidate) -> Candidate:
    """The board by a metric; its bare names mean requests, as everywhere."""
    bare = (*board.aliases, board.key, board.label) if metric is Metric.REQUESTS else ()
    return Candidate(f"{board.key}/{metric}", f"{board.label}, by {metric}", bare)


def distinct_names(ids: Iterable[str], catalog: Mapping[str, str]) -> Mapping[str, str]:
    """Name each model; names that would be alike get their date, and if that is not enough their id.

    Should a name feign another's date or id, all are called by their ids.
    """
    names = {model_id: display_name(model_id, catalog) for model_id in ids}
    for tell_apart in (_dated, _identified):
        count = Counter(names.values())
        names = {model_id: tell_apart(model_id, name) if count[name] > 1 else name for model_id, name in names.items()}
    return names if len(set(names.values())) == len(names) else {model_id: model_id for model_id in names}


def display_name(model_id: str, catalog: Mapping[str, str]) -> str:
    """OpenRouter's name without the maker before the colon, or a tidy form of the id; the variant in brackets."""
    slug, _, variant = model_id.partition(":")
    known = catalog.get(slug, "")
    name = known.partition(": ")[2].strip() or known.strip() or _tidy(slug) or model_id
    return f"{name} ({variant})" if variant else name


def _tidy(slug: str) -> str:
    words = _DATE.sub("", slug.rpartition("/")[2]).split("-")
    return " ".join(_spelled(word) for word in words if word).replace("GPT ", "GPT-", 1)


def _spelled(word: str) -> str:
    if _SIZE.fullmatch(word):
        return word.upper()
    return _SPELLINGS.get(word, word[:1].upper() + word[1:])


def _dated(model_id: str, name: str) -> str:
    slug, _, variant = model_id.partition(":")
    date = _DATE.search(slug)
    if date is None:
        return name
    stem = name.removesuffix(f" ({variant})")
    day = f"{date['month']}-{date['day']}"
    return f"{stem} {day} ({variant})" if variant else f"{stem} {day}"


def _identified(model_id: str, name: str) -> str:
    return f"{name} [{model_id}]"
