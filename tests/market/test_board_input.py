"""The boards that people mean: by any name of a board, of what moves, has a history, or can be compared."""

import pytest

from bot.errors import BoardError, ErrorCode, UnknownBoardError, UnknownSubjectError
from bot.market.board_input import (
    WEEKLY,
    comparable,
    movable,
    postable,
    read_board,
    read_comparison,
    read_history,
    read_movers,
    resolve_board,
    with_history,
)
from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.market.search import search
from bot.presentation.controls import offers
from tests.fakes.answers import model, snapshot
from tests.fakes.answers import task as listing
from tests.odd_snapshots import category, long_tags, nearly_alike, snapshot_of, task

LUNA = "openai/gpt-5.6-luna-20260709"
FLASH = "deepseek/deepseek-v4-flash-20260731"
LUNA_AND_FLASH = f"compare:model:{LUNA}|model:{FLASH}"


class TestBoards:
    def test_every_board_of_the_edition_can_be_posted_by_both_metrics(self, sample: Edition) -> None:
        """There are an overview, four categories, 29 tasks and all models."""
        keys = [board.key for board in sample.boards]
        boards = 1 + 4 + 29 + len(sample.models)

        assert 2 * boards == len(keys) == len(set(keys))
        assert [str(Board.parse(key)) for key in keys] == keys

    def test_board_of_any_length_can_be_posted(self) -> None:
        """The value that autocomplete sends for a board means exactly that board."""
        edition = Edition(nearly_alike())
        chosen = edition.boards[-3:]

        assert [one.key for one in chosen] == [str(read_board(value, edition)) for _, value in offers(chosen)]

    @pytest.mark.parametrize(
        ("typed", "board"),
        [
            ("overview", "overview/requests"),
            ("Overview, by tokens", "overview/tokens"),
            ("code", "code/requests"),
            ("code/tokens", "code/tokens"),
            ("Debugging", "task:code:debugging/requests"),
            ("debugging (code)", "task:code:debugging/requests"),
            ("code:debugging", "task:code:debugging/requests"),
            ("gpt-5.6 luna", "model:openai/gpt-5.6-luna-20260709/requests"),
            ("5.6 luna", "model:openai/gpt-5.6-luna-20260709/requests"),
            ("luna-20260709/tokens", "model:openai/gpt-5.6-luna-20260709/tokens"),
            ("openai/gpt-5.6-luna-20260709", "model:openai/gpt-5.6-luna-20260709/requests"),
        ],
    )
    def test_board_is_read_by_any_of_its_names(self, sample: Edition, typed: str, board: str) -> None:
        """A bare name means requests; a value from autocomplete means itself."""
        assert board == str(read_board(typed, sample))

    @pytest.mark.parametrize("typed", ["", "deepseek v4 flash", "Debuging", "x" * 6000])
    def test_text_that_means_no_board_or_several_is_refused_with_the_nearest(self, sample: Edition, typed: str) -> None:
        """The bot does not guess."""
        with pytest.raises(UnknownSubjectError) as refused:
            read_board(typed, sample)

        assert 3 == len(refused.value.nearest)

    @pytest.mark.parametrize(
        ("typed", "board"),
        [
            ("digest", "digest/requests"),
            ("digest/tokens", "digest/tokens"),
            ("Digest, by tokens", "digest/tokens"),
            ("movers", "movers:all:7/requests"),
            ("movers:task:Debugging:14/tokens", "movers:task:code:debugging:14/tokens"),
            ("history:30:model:gpt-5.6 luna", f"history:30:model:{LUNA}/requests"),
            ("history:30:share:Debugging", "history:30:share:code:debugging/requests"),
            ("What moved: Code", "movers:code:7/requests"),
            ("luna vs deepseek v4 flash 07-31", f"{LUNA_AND_FLASH}/requests"),
            ("  Luna VS. DeepSeek V4 Flash 07-31 by tokens ", f"{LUNA_AND_FLASH}/tokens"),
            ("luna versus deepseek v4 flash 07-31/tokens", f"{LUNA_AND_FLASH}/tokens"),
            ("debugging vs translation vs math", "compare:task:code:debugging|task:translation|task:math/requests"),
            (f"{LUNA_AND_FLASH}/tokens", f"{LUNA_AND_FLASH}/tokens"),
            ("compare:model:GPT-5.6 Luna|model:deepseek v4 flash 07-31", f"{LUNA_AND_FLASH}/requests"),
        ],
    )
    def test_boards_about_others_are_read_by_the_names_of_what_they_are_about(
        self, sample: Edition, typed: str, board: str
    ) -> None:
        """By their texts with keys or names in them, by their labels, or with “vs” between names."""
        assert board == str(read_board(typed, sample))

    def test_text_of_no_board_is_refused(self, sample: Edition) -> None:
        """As unknown board, or with the nearest subjects."""
        with pytest.raises(UnknownSubjectError):
            read_board("movers:Debuging:7", sample)
        with pytest.raises(UnknownBoardError):
            resolve_board(Board.parse("compare:task:math"), sample)


class TestMovers:
    @pytest.mark.parametrize(
        ("typed", "of"),
        [
            (None, "all"),
            ("all tasks", "all"),
            ("all models", "models"),
            ("models", "models"),
            ("Code", "code"),
            ("debugging", "task:code:debugging"),
            ("task:translation", "task:translation"),
        ],
    )
    def test_movers_are_of_everything_or_of_what_is_named(self, sample: Edition, typed: str | None, of: str) -> None:
        """All tasks by default."""
        assert f"movers:{of}:14/tokens" == str(read_movers(typed, sample, days=14, metric=Metric.TOKENS))

    def test_each_choice_means_itself(self, sample: Edition) -> None:
        """All tasks, all models, the categories and the tasks; no model."""
        chosen = movable(sample)
        read = [read_movers(value, sample, days=7, metric=Metric.REQUESTS) for _, value in offers(chosen)]
        assert [f"movers:{one.key}:7" for one in chosen[: len(read)]] == [board.name for board in read]
        assert 2 + 4 + 29 == len(chosen)

    def test_a_category_that_is_called_like_everything_is_not_everything(self) -> None:
        """It has a longer name."""
        edition = Edition(snapshot_of([task("t", macro_category="all")], [category("all", "Alles")]))
        assert "movers:category:all:7" == read_movers("Alles", edition, days=7, metric=Metric.REQUESTS).name

    def test_a_model_cannot_be_chosen(self, sample: Edition) -> None:
        """The answer names the nearest."""
        with pytest.raises(UnknownSubjectError):
            read_movers("gpt-5.6 luna", sample, days=7, metric=Metric.REQUESTS)


class TestHistories:
    @pytest.mark.parametrize(
        ("typed", "name"),
        [
            ("overview", "overview"),
            ("code", "code"),
            ("Debugging", "task:code:debugging"),
            ("luna", f"model:{LUNA}"),
            ("Debugging (Code), its share of all traffic", "share:code:debugging"),
            ("share:code:debugging", "share:code:debugging"),
        ],
    )
    def test_history_is_of_what_is_named(self, sample: Edition, typed: str, name: str) -> None:
        """A task's name means its models; its own share has a name of its own."""
        assert f"history:365:{name}/tokens" == str(read_history(typed, sample, days=365, metric=Metric.TOKENS))

    def test_each_choice_means_itself(self) -> None:
        """Even if its name is too long for a choice."""
        edition = Edition(long_tags())
        chosen = with_history(edition)
        read = [read_history(value, edition, days=90, metric=Metric.REQUESTS) for _, value in offers(chosen)]
        assert [f"history:90:{one.key}" for one in chosen] == [board.name for board in read]


class TestGoneModels:
    """What only the earlier snapshot lists can be asked for, because movers and digests name it."""

    def test_its_name_means_itself_and_not_a_model_with_a_longer_name(self) -> None:
        """GLM 5.3 is gone, and GLM 5.3 Flash is still there."""
        both = [listing("code:x", models=[model("z-ai/glm-5.3"), model("z-ai/glm-5.3-flash")])]
        edition = Edition(
            snapshot(tasks=[listing("code:x", models=[model("z-ai/glm-5.3-flash")])]),
            snapshot("2026-08-24", tasks=both),
        )
        read = [
            resolve_board(Board.parse("model:GLM 5.3"), edition),
            read_history("GLM 5.3", edition, days=30, metric=Metric.REQUESTS).subjects[0],
            *read_comparison(["GLM 5.3", "GLM 5.3 Flash"], edition, metric=Metric.REQUESTS).subjects,
        ]
        assert ["z-ai/glm-5.3"] * 3 + ["z-ai/glm-5.3-flash"] == [board.subject for board in read]


class TestComparisons:
    def test_models_or_tasks_are_compared(self, sample: Edition) -> None:
        """By names, keys, or the values of choices."""
        assert f"{LUNA_AND_FLASH}/tokens" == str(
            read_comparison(["luna", f"model:{FLASH}"], sample, metric=Metric.TOKENS)
        )
        tasks = read_comparison(["Debugging", "translation", "math", "finance_trading"], sample, metric=Metric.REQUESTS)
        assert ["code:debugging", "translation", "math", "finance_trading"] == [
            about.subject for about in tasks.subjects
        ]

    def test_value_of_a_long_name_means_it(self) -> None:
        """It is a short key."""
        edition = Edition(long_tags())
        values = [value for _, value in offers(comparable(edition, like="Task 1"))]
        found = read_comparison(values, edition, metric=Metric.REQUESTS)
        assert all(value.startswith("~") for value in values)
        assert [task.key for task in edition.tasks] == [about.subject for about in found.subjects]

    @pytest.mark.parametrize("typed", [["luna", LUNA], ["debugging", "math", "Debugging (Code)"]])
    def test_nothing_is_compared_with_itself(self, sample: Edition, typed: list[str]) -> None:
        """Whatever it is called."""
        with pytest.raises(BoardError) as refused:
            read_comparison(typed, sample, metric=Metric.REQUESTS)
        assert ErrorCode.COMPARED_TWICE is refused.value.code

    def test_text_that_compares_one_with_itself_is_refused(self, sample: Edition) -> None:
        """Its names differ, but they mean the same model; nothing could read the board's text back."""
        with pytest.raises(BoardError) as refused:
            resolve_board(Board.parse(f"compare:model:gpt-5.6 luna|model:{LUNA}"), sample)
        assert ErrorCode.COMPARED_TWICE is refused.value.code

    @pytest.mark.parametrize("typed", [["luna", "Debugging"], ["Debugging", "math", "luna"]])
    def test_models_and_tasks_are_not_mixed(self, sample: Edition, typed: list[str]) -> None:
        """The first decides."""
        with pytest.raises(BoardError) as refused:
            read_comparison(typed, sample, metric=Metric.REQUESTS)
        assert ErrorCode.COMPARED_KINDS_DIFFER is refused.value.code

    def test_name_of_nothing_is_refused_with_the_nearest(self, sample: Edition) -> None:
        """Of the kind of the first, if that is known."""
        with pytest.raises(UnknownSubjectError) as refused:
            read_comparison(["luna", "gpt-5.6 lunar"], sample, metric=Metric.REQUESTS)
        assert ("model", "GPT-5.6 Luna") == (refused.value.parameters["kind"], refused.value.nearest[0])

    @pytest.mark.parametrize(
        ("like", "kinds"),
        [
            (None, {BoardKind.MODEL, BoardKind.TASK}),
            ("nothing that exists", {BoardKind.MODEL, BoardKind.TASK}),
            ("luna", {BoardKind.MODEL}),
            (f"model:{LUNA}", {BoardKind.MODEL}),
            ("Debugging", {BoardKind.TASK}),
        ],
    )
    def test_after_the_first_only_its_kind_is_offered(
        self, sample: Edition, like: str | None, kinds: set[BoardKind]
    ) -> None:
        """As soon as the first is known."""
        assert kinds == {Board.parse(one.key).kind for one in comparable(sample, like=like)}


class TestPostable:
    def test_digest_is_suggested_as_weekly_post(self, sample: Edition) -> None:
        """It comes second, after the overview."""
        labels = [one.label for one in postable(sample)]
        assert len(sample.boards) + len(sample.boards_over_time) == len(labels)
        assert WEEKLY in labels[len(Metric)]

    def test_names_with_vs_offer_their_comparison(self, sample: Edition) -> None:
        """By both metrics, and each value means what its label says."""
        typed = "luna vs deepseek v4 flash 07-31"
        offered = offers(search(postable(sample, typed), typed))
        assert [
            ("GPT-5.6 Luna vs DeepSeek V4 Flash 07-31, by r", f"{LUNA_AND_FLASH}/requests"),
            ("GPT-5.6 Luna vs DeepSeek V4 Flash 07-31, by t", f"{LUNA_AND_FLASH}/tokens"),
        ] == [(name[:45], str(read_board(value, sample))) for name, value in offered]

    def test_metric_that_is_named_is_kept(self, sample: Edition) -> None:
        """Then it is the only choice."""
        (only,) = postable(sample, "debugging vs math by tokens")
        assert ("compare:task:code:debugging|task:math/tokens", "debugging vs math by tokens") == (
            str(read_board(only.value, sample)),
            only.value,
        )

    @pytest.mark.parametrize("typed", ["luna vs", "luna vs debugging", "luna vs luna", f"luna vs {FLASH}{' ' * 90}x"])
    def test_text_that_means_no_comparison_offers_none(self, sample: Edition, typed: str) -> None:
        """Nor does one that is too long to be a value."""
        assert postable(sample) == postable(sample, typed)
