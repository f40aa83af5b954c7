"""Names of models: OpenRouter's display name, or a readable form of the id. Names are unique within a snapshot."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

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
"""Words that the makers spell with more than an initial capital."""


def distinct_names(ids: Iterable[str], catalog: Mapping[str, str]) -> Mapping[str, str]:
    """The name of each model by id; equal names get the date in the id added, and if they are still equal, the id.

    If names are still not distinct, for example because one imitates another's suffix, all names are the ids.
    """
    names = {model_id: display_name(model_id, catalog) for model_id in ids}
    for tell_apart in (_with_date, _with_id):
        count = Counter(names.values())
        names = {model_id: tell_apart(model_id, name) if count[name] > 1 else name for model_id, name in names.items()}
    return names if len(set(names.values())) == len(names) else {model_id: model_id for model_id in names}


def display_name(model_id: str, catalog: Mapping[str, str]) -> str:
    """OpenRouter's name without the maker, or a readable form of the id; a variant is added in parentheses."""
    slug, _, variant = model_id.partition(":")
    known = catalog.get(slug, "")
    name = known.partition(": ")[2].strip() or known.strip() or _readable(slug) or model_id
    return f"{name} ({variant})" if variant else name


def _readable(slug: str) -> str:
    words = _DATE.sub("", slug.rpartition("/")[2]).split("-")
    return " ".join(_spelled(word) for word in words if word).replace("GPT ", "GPT-", 1)


def _spelled(word: str) -> str:
    if _SIZE.fullmatch(word):
        return word.upper()
    return _SPELLINGS.get(word, word[:1].upper() + word[1:])


def _with_date(model_id: str, name: str) -> str:
    slug, _, variant = model_id.partition(":")
    date = _DATE.search(slug)
    if date is None:
        return name
    stem = name.removesuffix(f" ({variant})")
    day = f"{date['month']}-{date['day']}"
    return f"{stem} {day} ({variant})" if variant else f"{stem} {day}"


def _with_id(model_id: str, name: str) -> str:
    return f"{name} [{model_id}]"
