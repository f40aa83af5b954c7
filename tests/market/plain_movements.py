"""What changed between two answers, computed once more and plainly, from the raw bodies and in whole thousandths."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from bot.market.boards import Metric
from bot.market.models import Snapshot

Raw = Mapping[str, Any]
Listed = tuple[str, float, int | None]
"""Key, share, rank."""

Moved = tuple[str, float | None, float | None, int | None, int | None, float | None, str]
"""Key, earlier share, share, earlier rank, rank, change, status."""

SHARE_FIELDS = {Metric.REQUESTS: "usage_share", Metric.TOKENS: "token_share"}
NOTHING = "nothing"
"""The source does not sort macro-categories by anything."""


def raw(snapshot: Snapshot) -> Raw:
    """The data of a body, unparsed."""
    data: Raw = json.loads(snapshot.body)["data"]
    return data


def first_only(entries: Sequence[Raw], key: str) -> list[Raw]:
    """Without the entries whose key came before."""
    return [entry for at, entry in enumerate(entries) if entry[key] not in [other[key] for other in entries[:at]]]


def plain_tasks(earlier: Raw, data: Raw, metric: Metric, only_in: str | None = None) -> list[Moved]:
    """Every task, or those whose newest category is this one."""
    share, newest = SHARE_FIELDS[metric], {}
    lists = []
    for tasks in (earlier["classifications"], data["classifications"]):
        peers = [each for each in tasks if only_in in (None, each["macro_category"])]
        lists.append(plain_list(tasks, key="tag", share=share, sorted_by="usage_share", peers=peers))
        newest.update({each["tag"]: each["macro_category"] for each in first_only(tasks, "tag")})
    return [row for row in plain_movements(*lists) if only_in in (None, newest[row[0]])]


def plain_categories(earlier: Raw, data: Raw, metric: Metric) -> list[Moved]:
    """Every macro-category."""
    return plain_movements(
        *(
            plain_list(each["macro_categories"], key="key", share=SHARE_FIELDS[metric], sorted_by=NOTHING)
            for each in (earlier, data)
        )
    )


def plain_models(before: Raw | None, after: Raw | None, metric: Metric) -> list[Moved]:
    """Every model of a task; by tokens without a rank."""
    share = f"tag_{SHARE_FIELDS[metric]}"
    lists = [
        plain_list(task["models"] if task else [], key="id", share=share, sorted_by="tag_usage_share")
        for task in (before, after)
    ]
    if metric is Metric.TOKENS:
        lists = [[(key, tokens, None) for key, tokens, _ in entries] for entries in lists]
    return plain_movements(*lists)


def plain_leader(task: Raw) -> str | None:
    """The first of the models with the most requests."""
    most = max((each["tag_usage_share"] for each in task["models"]), default=None)
    return next((each["id"] for each in task["models"] if each["tag_usage_share"] == most), None)


def tasks_by_tag(data: Raw) -> dict[str, Raw]:
    """The first task with each tag."""
    return {each["tag"]: each for each in first_only(data["classifications"], "tag")}


def listed_ids(data: Raw) -> list[str]:
    """The ids in all lists, each once."""
    return list(dict.fromkeys(each["id"] for one in data["classifications"] for each in one["models"]))


def plain_list(
    entries: Sequence[Raw], *, key: str, share: str, sorted_by: str, peers: Sequence[Raw] | None = None
) -> list[Listed]:
    """The entries with their ranks among their peers, which are all of them unless given."""
    ranked_among = entries if peers is None else peers
    return [
        (entry[key], entry[share], plain_rank(entry, ranked_among, share, sorted_by=sorted_by))
        for entry in first_only(entries, key)
    ]


def plain_rank(entry: Raw, peers: Sequence[Raw], share: str, *, sorted_by: str) -> int | None:
    """Its position if the source sorted by this share; otherwise one more than how many are larger."""
    positions = [at for at, other in enumerate(peers, start=1) if other is entry]
    if not positions:
        return None
    if share == sorted_by and all(one[share] >= two[share] for one, two in pairwise(peers)):
        return positions[0]
    return 1 + len([other for other in peers if other[share] > entry[share]])


def plain_movements(before: Sequence[Listed], after: Sequence[Listed]) -> list[Moved]:
    """Every entry of the newer list, then those that only the earlier one has."""
    then, now = ({key: (share, rank) for key, share, rank in entries} for entries in (before, after))
    rows: list[Moved] = []
    for key, (share, rank) in now.items():
        if key not in then:
            rows.append((key, None, share, None, rank, None, "new"))
            continue
        earlier, earlier_rank = then[key]
        thousandths = round(1000 * share) - round(1000 * earlier)
        word = "rose" if thousandths > 0 else "fell" if thousandths < 0 else "unchanged"
        rows.append((key, earlier, share, earlier_rank, rank, thousandths / 1000, word))
    gone: list[Moved] = [
        (key, share, None, rank, None, None, "gone") for key, (share, rank) in then.items() if key not in now
    ]
    return rows + gone
