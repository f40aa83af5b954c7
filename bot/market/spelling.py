"""Which names are spelled most like a text."""

from collections.abc import Sequence


def spelled_alike(text: str, names: Sequence[str], *, most: int, at_least: float = 0) -> list[int]:
    """The places of the names most like a text, the most alike first; `at_least` is a likeness of 0 to 100."""
    # It takes 3 MiB for good, and only who misspells needs it.
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    found = process.extract(text, names, scorer=fuzz.ratio, limit=most, score_cutoff=at_least)
    return [place for _, _, place in found]
