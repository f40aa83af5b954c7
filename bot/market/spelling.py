"""Finding similar spellings."""

from collections.abc import Sequence


def spelled_alike(text: str, names: Sequence[str], *, most: int, at_least: float = 0) -> list[int]:
    """The indexes of the names most similar to a text, the best first; `at_least` is a similarity of 0 to 100."""
    # It takes 3 MiB that are never freed, and only a misspelt name needs it.
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    found = process.extract(text, names, scorer=fuzz.ratio, limit=most, score_cutoff=at_least)
    return [place for _, _, place in found]
