"""Boards of movers and the digest: what they say, from two answers, from archives of many days, and from odd ones."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import pytest

from bot.market.boards import ALL_MODELS, Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.market.queries import category_keys
from bot.presentation.board_csv import board_csv
from bot.presentation.board_sheets import make_sheet
from bot.presentation.cards import Card, make_card
from bot.presentation.figures import FigureKind
from bot.presentation.headline import headline
from bot.presentation.sheets import Sheet
from bot.presentation.text import units
from tests.fakes.answers import category, model, snapshot, task
from tests.fakes.archives import archived_days
from tests.market.plain_movements import (
    Moved,
    Raw,
    listed_ids,
    plain_categories,
    plain_leader,
    plain_models,
    plain_tasks,
    raw,
    tasks_by_tag,
)
from tests.odd_snapshots import ODD
from tests.presentation.bodies import assert_discord_takes, odd
from tests.presentation.weeks import alone, compared

SEEDS = range(6)
Change = tuple[str, float | None, float | None, float | None]
"""Key, earlier share, share, change."""


def sheet_of(board: str | Board, edition: Edition, *, is_whole: bool = True) -> Sheet:
    """Answer a board."""
    asked = Board.parse(board) if isinstance(board, str) else board
    return make_sheet(asked, edition, age=None, is_whole=is_whole)


def text_of(board: str, edition: Edition) -> str:
    """The text of a card without markup, lines joined."""
    card = make_card(Board.parse(board), edition, age=None)
    return re.sub(r"[*_\\]", "", card.embed.description or "").replace("\u00a0", " ")


def changes_in(sheet: Sheet, heading: str) -> list[Change]:
    """The figures of each row of a section."""
    rows = [row for section in sheet.sections if section.heading == heading for row in section.rows]
    found = []
    for row in rows:
        share = row.figures[0].value if row.figures and row.figures[0].kind is not FigureKind.EARLIER else None
        earlier = row.find(FigureKind.EARLIER)
        found.append((row.key, earlier.value if earlier else None, share, row.change.value if row.change else None))
    return found


def expected_changes(moved: Sequence[Moved], word: str) -> list[Change]:
    """Those that rose or fell, the largest first, or those that are new or gone, in the source's order."""
    found = [(key, before, now, change) for key, before, now, _, _, change, said in moved if said == word]
    return sorted(found, key=lambda one: -abs(one[3] or 0))


def assert_equal_movers(sheet: Sheet, moved: Sequence[Moved]) -> None:
    """Rises, falls, new and gone are those computed independently, in whole thousandths."""
    words = {"Rises": "rose", "Falls": "fell", "New": "new", "No longer listed": "gone"}
    for heading, word in words.items():
        assert expected_changes(moved, word) == changes_in(sheet, heading)


def leaders_in(sheet: Sheet) -> dict[str, tuple[str | None, str]]:
    """Who led and who leads each task with a new leader."""
    rows = [row for section in sheet.sections if section.heading == "New leaders" for row in section.rows]
    return {row.key: (row.leader.earlier_id, row.leader.id) for row in rows if row.leader}


def expected_leaders(earlier: Raw, data: Raw) -> dict[str, tuple[str | None, str]]:
    """The same, from the raw answers."""
    before, after = tasks_by_tag(earlier), tasks_by_tag(data)
    found = {tag: (plain_leader(before[tag]), plain_leader(after[tag])) for tag in after if tag in before}
    return {tag: (old, new) for tag, (old, new) in found.items() if old and new and old != new}


def pairs_of(seed: int) -> Iterator[Edition]:
    """Some days of an archive that are a week or more apart."""
    days = {each.as_of: each for each in archived_days(seed)}
    ordered = sorted(days)
    for day in ordered[::5]:
        before = [each for each in ordered if 7 <= (day - each).days <= 10]
        if before:
            yield Edition(days[day], days[before[-1]])


class TestArchives:
    """The movers of every task and model equal an independent computation."""

    @pytest.mark.parametrize("metric", Metric)
    @pytest.mark.parametrize("seed", SEEDS)
    def test_movers_are_those_computed_plainly(self, seed: int, metric: Metric) -> None:
        """Of all tasks, of each category, of each task, over days with revisions, renamings, ties and gaps."""
        for edition in pairs_of(seed):
            assert edition.earlier is not None
            earlier, data = raw(edition.earlier), raw(edition.snapshot)
            sheet = sheet_of(Board.movers(metric=metric), edition)
            assert_equal_movers(sheet, plain_tasks(earlier, data, metric))
            led, before, after = expected_leaders(earlier, data), tasks_by_tag(earlier), tasks_by_tag(data)
            assert led == leaders_in(sheet)
            names = {tag: one["display_name"] for tag, one in {**before, **after}.items()}
            assert [] == [row for row in sheet.rows if row.label != names[row.key]]
            for key in category_keys(edition.snapshot.data):
                of_category = sheet_of(Board.movers(Board(BoardKind.CATEGORY, key), metric=metric), edition)
                assert_equal_movers(of_category, plain_tasks(earlier, data, metric, only_in=key))
                inside = {tag: who for tag, who in led.items() if key == after[tag]["macro_category"]}
                assert inside == leaders_in(of_category)
            for tag in after:
                of_task = Board.movers(Board(BoardKind.TASK, tag), metric=metric)
                moved = plain_models(before.get(tag), after[tag], metric)
                assert_equal_movers(sheet_of(of_task, edition), moved)

    @pytest.mark.parametrize("metric", Metric)
    @pytest.mark.parametrize("seed", SEEDS)
    def test_models_are_those_computed_plainly(self, seed: int, metric: Metric) -> None:
        """Each model in each task; new and gone are those in the lists of one day only."""
        for edition in pairs_of(seed):
            assert edition.earlier is not None
            earlier, data = raw(edition.earlier), raw(edition.snapshot)
            before, after = tasks_by_tag(earlier), tasks_by_tag(data)
            moved = [
                (f"{tag} {one[0]}", one[1], one[2], one[3], one[4], one[5], one[6])
                for tag in {**after, **before}
                for one in plain_models(before.get(tag), after.get(tag), metric)
            ]
            sheet = sheet_of(Board.movers(ALL_MODELS, metric=metric), edition)
            for heading, word in (("Rises", "rose"), ("Falls", "fell")):
                rows = [row for section in sheet.sections if section.heading == heading for row in section.rows]
                placed = [row.place.tag if row.place else "" for row in rows]
                found = zip(placed, changes_in(sheet, heading), strict=True)
                assert expected_changes(moved, word) == [(f"{tag} {key}", *rest) for tag, (key, *rest) in found]
            then, now = listed_ids(earlier), listed_ids(data)
            assert [each for each in now if each not in then] == [key for key, *_ in changes_in(sheet, "New models")]
            gone = [key for key, *_ in changes_in(sheet, "Models no longer listed")]
            assert [each for each in then if each not in now] == gone

    @pytest.mark.parametrize("seed", SEEDS)
    def test_a_digest_is_those_computed_plainly(self, seed: int) -> None:
        """Categories with their changes, rises, falls and leaders."""
        for edition in pairs_of(seed):
            assert edition.earlier is not None
            earlier, data = raw(edition.earlier), raw(edition.snapshot)
            sheet = sheet_of("digest", edition)
            for heading, word in (("Rises", "rose"), ("Falls", "fell")):
                expected = expected_changes(plain_tasks(earlier, data, Metric.REQUESTS), word)
                assert expected == changes_in(sheet, heading)
            assert expected_leaders(earlier, data) == leaders_in(sheet)
            changes = {
                key: change
                for key, _, _, _, _, change, word in plain_categories(earlier, data, Metric.REQUESTS)
                if word != "gone"
            }
            assert changes == {key: change for key, _, _, change in changes_in(sheet, "Categories")}


class TestRealAnswers:
    """The week from 2026-08-31 to 2026-09-07, as computed by hand."""

    @pytest.mark.parametrize(
        ("board", "said"),
        [
            ("movers:all:7", "Share of classified requests, 2026-08-31 to 2026-09-07, in points"),
            ("movers:all:7", "Rises\nCode Generation 4.0 % to 4.8 %, up 0.8 points\nTool Dispatch 0.7 % to 1.4 %, up 0.7 points"),
            ("movers:all:7", "Falls\nRoleplay & Fiction 10.1 % to 8.3 %, down 1.8 points\nTranslation 4.9 % to 4.0 %, down 0.9 points"),
            ("movers:all:7", "Multi-step Planning now GPT-5.6 Luna, before DeepSeek V4 Flash 07-31\nand 9 more"),
            ("movers:all:7", "Changes in points since 2026-08-31 are computed."),
            ("movers:models:7", "Share of each task's requests, 2026-08-31 to 2026-09-07, in points"),
            ("movers:models:7", "GPT-5.6 Luna in Tool Dispatch 13.1 % to 55.7 %, up 42.6 points"),
            ("movers:models:7", "New models GPT-4.1 Mini; Claude Opus 5; Qwen3.5 Flash; Qwen3.7 Flash; Qwen3.7 Plus; Gemini 3.1 Flash Lite Preview; Claude 4.8 Opus; Sonar; GPT-4.1 Nano; Step 3.7 Flash\n"),
            ("movers:models:7", "Models no longer listed Ox Alpha; Qwen3.5 397B A17B; Claude 4.5 Haiku\n"),
            ("movers:task:code:debugging:7", "Debugging now GPT-5.6 Luna, before DeepSeek V4 Flash 07-31"),
            ("movers:task:code:debugging:7", "New MiniMax M3 (free) 4.5 %; GLM 5.3 2.8 %\nNo longer listed Ox Alpha 9.2 % before; Hy3 3.0 % before"),
            ("movers:code:7/tokens", "Share of classified tokens"),
            ("movers:code:7/tokens", "Code Generation 12.5 % to 13.7 %, up 1.2 points"),
            ("digest", "Categories General 52.1 %, down 2.3 points; Data 19.7 %, up 0.2 points; Agent 15.0 %, up 1.2 points; Code 13.1 %, up 0.9 points"),
            ("digest", "New leaders (14) DeepSeek V4 Flash 07-31 in Classification; "),
            ("digest", "New models (10) GPT-4.1 Mini; Claude Opus 5; Qwen3.5 Flash and 7 more"),
            ("digest", "Models no longer listed Ox Alpha; Qwen3.5 397B A17B; Claude 4.5 Haiku"),
        ],
    )  # fmt: skip
    def test_the_card_says(self, board: str, said: str) -> None:
        """Both shares and the change; who leads instead of whom; new and gone; both dates."""
        assert said in text_of(board, compared())

    def test_fourteen_leaders_ten_new_models_three_gone(self) -> None:
        """All of them in a whole sheet."""
        counts = {section.heading: len(section.rows) for section in sheet_of("movers:models:7", compared()).sections}
        assert (14, 10, 3) == (counts["New leaders"], counts["New models"], counts["Models no longer listed"])

    @pytest.mark.parametrize(
        ("board", "expected"),
        [
            ("movers", "What moved, 7 Sep: Code Generation rose most, up 0.8 points; Roleplay & Fiction fell most, down 1.8 points"),
            ("movers:code:7/tokens", "What moved in Code by tokens, 7 Sep: Code Generation rose most, up 1.2 points; Shell Execution fell most, down 0.6 points"),
            ("movers:models:7", "Which models moved, 7 Sep: GPT-5.6 Luna in Tool Dispatch rose most, up 42.6 points; GLM 5.3 Flash in Data Transformation fell most, down 14.3 points"),
            ("digest", "What changed, 7 Sep: 14 tasks have a new leader; Code Generation rose most, up 0.8 points"),
        ],
    )  # fmt: skip
    def test_the_push_line_says_the_most(self, board: str, expected: str) -> None:
        """The largest rise and fall; for a digest, the new leaders first."""
        assert expected == headline(sheet_of(board, compared(), is_whole=False))

    def test_a_digest_fits_one_phone_screen(self) -> None:
        """At most 14 lines with words, beside a picture."""
        for metric in Metric:
            lines = [line for line in text_of(f"digest/{metric}", compared()).splitlines() if line]
            assert len(lines) <= 14 + len(["lead", "changes are computed"])

    def test_csv_has_both_shares_the_change_and_who_led(self) -> None:
        """Of all rows; of a model, where it is listed; what is gone has no share."""
        rows = list(csv.DictReader(io.StringIO(board_csv(sheet_of("movers:models:7", compared())))))
        first = rows[0]
        assert ("openai/gpt-5.6-luna-20260709", "agent:tool_dispatch") == (first["id"], first["tag"])
        assert ("0.557", "0.131", "0.426") == (
            first["tag_usage_share"],
            first["earlier_share"],
            first["computed_change"],
        )
        assert (3, 10) == tuple(
            sum(row[column] == "true" for row in rows) for column in ("computed_is_gone", "computed_is_new")
        )
        led = [
            (row["earlier_leader_id"], row["leader_id"])
            for row in rows
            if row["tag"] == "code:debugging" and row["leader_id"]
        ]
        assert [("deepseek/deepseek-v4-flash-20260731", "openai/gpt-5.6-luna-20260709")] == led
        of_task = csv.DictReader(io.StringIO(board_csv(sheet_of("movers:task:code:debugging:7", compared()))))
        assert {"code:debugging"} == {row["tag"] for row in of_task}

    @pytest.mark.parametrize("board", ["movers", "movers:models:7", "movers:task:math:7", "digest", "digest/tokens"])
    def test_alt_text_has_every_section(self, board: str) -> None:
        """With its rows or how many more there are, the dates and the source, within Discord's 1024."""
        card = make_card(Board.parse(board), compared(), age=3)
        assert card.picture is not None
        said = card.picture.alt_text
        assert units(said) <= 1024
        assert all(f"{section.heading}: " in said for section in card.sheet.sections)
        assert "2026-08-31 to 2026-09-07" in said
        assert said.endswith(compared().snapshot.citation)


def edition(before: Sequence[object], after: Sequence[object], *, days: int = 7) -> Edition:
    """Two answers with these tasks, so many days apart."""
    return Edition(
        snapshot("2026-08-31", tasks=after, categories=[category("code")]),  # type: ignore[arg-type]  # tasks as JSON
        snapshot(date(2026, 8, 31 - days), tasks=before, categories=[category("code")]),  # type: ignore[arg-type]  # tasks as JSON
    )


class TestLittleHistory:
    """What is there, from when on the rest, and what the operator can do."""

    def test_without_an_earlier_answer_there_is_no_picture(self) -> None:
        """The card says from which day on."""
        card = make_card(Board.movers(), alone(), age=None)
        assert card.picture is None
        assert (
            "There is no data from about 7 days before to compare with. Changes over 7 days will show from 2026-09-14 on. "
            "Whoever runs this bot can import older days."
        ) in text_of("movers", alone())
        assert "Changes over 7 days will show from 2026-09-14 on." in headline(card.sheet).replace("\\", "")

    def test_a_longer_period_than_the_archive_covers(self) -> None:
        """The shorter one, and from when on the longer one."""
        near = replace(compared(), compared_from=date(2026, 9, 25))
        said = text_of("movers:all:28", near)
        assert (
            "This shows 7 days: there is no data from 28 days before. Changes over 28 days will show from 2026-09-25 on. "
            "Whoever runs this bot can import older days."
        ) in said
        assert "Code Generation 4.0 % to 4.8 %, up 0.8 points" in said

    def test_a_period_that_is_reached_says_nothing_of_it(self) -> None:
        """Two weeks, and 13 days as well."""
        for days in (14, 13):
            said = text_of("movers:all:14", edition([task("a", 0.1)], [task("a", 0.2)], days=days))
            assert ("A 10.0 % to 20.0 %, up 10.0 points" in said, "This shows" in said) == (True, False)

    def test_a_digest_without_an_earlier_answer_is_an_overview(self) -> None:
        """With its picture, and from when on changes will show."""
        card = make_card(Board(BoardKind.DIGEST), alone(), age=None)
        assert card.picture is not None
        assert ["Categories", "Tasks"] == [section.heading for section in card.sheet.sections]
        assert "Changes will show from 2026-09-14 on." in text_of("digest", alone())
        assert "Changes will show from 2026-09-14 on" in card.picture.alt_text
        assert "What changed, 7 Sep: Classification leads with 23.7 %" == headline(card.sheet)


class TestEdges:
    @pytest.mark.parametrize("board", ["movers", "movers:code:7", "digest"])
    def test_nothing_moved(self, board: str) -> None:
        """Less than 0.1 points is no change; the card and the push line say so."""
        still = edition([task("a", 0.1)], [task("a", 0.1004)])
        assert "No share moved by 0.1 points or more." in text_of(board, still)
        assert headline(sheet_of(board, still)).endswith(": No share moved by 0.1 points or more.")

    def test_only_a_new_leader(self) -> None:
        """There is a picture without bars, and the push line names what is new."""
        led = edition([task("a", models=[model("a/one")])], [task("a", models=[model("b/two"), model("a/one")])])
        card = make_card(Board.movers(), led, age=None)
        assert "A now Two, before One" in text_of("movers", led)
        assert (True, "1 task has a new leader") == (card.picture is not None, card.sheet.news)

    def test_only_new_and_gone(self) -> None:
        """A task that came did not rise from zero, and one that went did not fall to zero."""
        turned = edition([task("a", 0.1), task("old", 0.2)], [task("a", 0.1), task("new", 0.3)])
        said = text_of("movers", turned)
        assert "New New 30.0 %\nNo longer listed Old 20.0 % before" in said
        assert "New: 1; No longer listed: 1" == sheet_of("movers", turned).news
        assert ("Rises" in said, "Falls" in said) == (False, False)

    @pytest.mark.parametrize(
        ("board", "said"),
        [
            ("movers:task:gone:7", "This data has no such task. It may have been renamed or removed."),
            ("movers:gone:7", "This data has no task in gone."),
        ],
    )
    def test_a_subject_that_is_gone(self, board: str, said: str) -> None:
        """Without a picture; nothing is said to have moved."""
        card = make_card(Board.parse(board), compared(), age=None)
        assert (None, True) == (card.picture, said in text_of(board, compared()))
        assert headline(card.sheet).endswith(said)

    def test_a_renamed_task_keeps_its_change(self) -> None:
        """It is found by its tag, and has its newer name."""
        renamed = edition([task("a", 0.1)], [task("a", 0.2, display_name="Renamed")])
        assert "Renamed 10.0 % to 20.0 %, up 10.0 points" in text_of("movers", renamed)

    def test_of_tasks_with_the_same_tag_the_first_counts(self) -> None:
        """With its name and its share."""
        twice = edition([task("a", 0.1)], [task("a", 0.2), task("a", 0.5, display_name="Twice")])
        assert ("A 10.0 % to 20.0 %" in text_of("movers", twice), "Twice" in text_of("movers", twice)) == (True, False)


def odd_pairs() -> Iterator[Edition]:
    """Each odd snapshot compared with the one before it."""
    snapshots = [odd(name).snapshot for name in ODD]
    for earlier, newer in zip(snapshots[-1:] + snapshots, snapshots, strict=False):
        yield Edition(newer, earlier)


def odd_cards() -> Iterator[Card]:
    """Movers and digests of odd answers."""
    for number, odd_pair in enumerate(odd_pairs()):
        tag = odd_pair.snapshot.data.classifications[0].tag
        metric = list(Metric)[number % 2]
        of = ("all", ALL_MODELS, Board(BoardKind.TASK, tag))
        boards = [*(Board.movers(each, metric=metric) for each in of), Board(BoardKind.DIGEST, metric=metric)]
        yield from (make_card(board, odd_pair, age=3) for board in boards)


async def test_discord_takes_movers_of_anything() -> None:
    """Whatever the labels, the ids and the shares are; and no line for a notification pings anybody."""
    for card in odd_cards():
        assert_discord_takes(card)
        assert card.picture is None or units(card.picture.alt_text) <= 1024
        said = headline(card.sheet)
        assert re.search(r"@(?!\u200b)|(?<!\\)[<*_~`|\[\]]", said) is None
        assert "\n" not in said
