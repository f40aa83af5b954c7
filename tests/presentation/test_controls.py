import re
from datetime import date

import pytest

from bot.market.boards import Board, BoardKind
from bot.market.editions import Edition
from bot.market.search import Candidate, search
from bot.presentation.controls import (
    BUTTON_ID,
    DATA_ID,
    GUIDE_ID,
    POST_BUTTON_ID,
    SELECT_ID,
    Controls,
    Select,
    Shown,
    category_menu_id,
    make_controls,
    offers,
    read_shown,
)
from bot.presentation.text import units
from tests.odd_snapshots import HOSTILE, ODD, boards_of
from tests.presentation.bodies import odd


def menus_of(board: str, edition: Edition) -> dict[str, Select]:
    """The menus of a board, written as its text, by what they choose."""
    return {menu.placeholder: menu for menu in make_controls(Board.parse(board), edition).selects}


def ids_of(controls: Controls) -> list[str]:
    """The `custom_id` of each control."""
    return [*(menu.custom_id for menu in controls.selects), *(button.custom_id for button in controls.buttons)]


class TestMenusOfTheSample:
    @pytest.mark.parametrize(
        ("board", "expected"),
        [
            ("overview", {"Category": 5, "Task": 25}),
            ("code", {"Category": 5, "Task": 9}),
            ("task:code:general_impl", {"Category": 5, "Task": 9, "Model": 10}),
            ("model:openai/gpt-5.6-luna-20260709/tokens", {"Category": 5, "Task": 25}),
            ("task:gone", {"Category": 5, "Task": 25}),
        ],
    )
    def test_each_board_leads_on(self, sample: Edition, board: str, expected: dict[str, int]) -> None:
        """To categories, their tasks and a task's models; to at most 25 of each, which is Discord's limit."""
        assert expected == {name: len(menu.options) for name, menu in menus_of(board, sample).items()}

    def test_options_are_named_and_described(self, sample: Edition) -> None:
        """A task has its tag as description and a model its id, so that users can always find both."""
        menus = menus_of("task:code:general_impl/tokens", sample)
        task, model = menus["Task"].options[0], menus["Model"].options[0]
        assert ("Code Generation", "code:general_impl") == (task.label, task.description)
        assert ("GPT-5.6 Luna", "openai/gpt-5.6-luna-20260709") == (model.label, model.description)
        expected = ["task:code:general_impl/tokens", "model:openai/gpt-5.6-luna-20260709/tokens"]
        assert expected == [str(task.board), str(model.board)]

    @pytest.mark.parametrize("board", ["overview", "code/tokens", "task:math", "task:devops/tokens"])
    def test_board_shown_is_the_one_chosen(self, sample: Edition, board: str) -> None:
        """Its menu marks it, by its metric."""
        chosen = [
            str(option.board) for menu in menus_of(board, sample).values() for option in menu.options if option.chosen
        ]
        assert [str(Board.parse(board))] == chosen

    @pytest.mark.parametrize("board", ["overview", "code", "task:math", "model:stealth/ox-alpha"])
    def test_button_switches_the_metric(self, sample: Edition, board: str) -> None:
        """Its label names the other metric, and the button there leads back."""
        there = make_controls(Board.parse(board), sample).buttons[0]
        back = make_controls(Board.parse(f"{board}/tokens"), sample).buttons[0]
        assert ("by tokens", f"board:show:{board}/tokens") == (there.label, there.custom_id)
        assert ("by requests", f"board:show:{board}/requests") == (back.label, back.custom_id)

    def test_card_has_four_buttons(self, sample: Edition) -> None:
        """The other metric, the history, the data and the guide; the last two contain the board and its day."""
        buttons = make_controls(Board.parse("task:math/tokens"), sample).buttons
        assert [
            ("by requests", "board:show:task:math/requests"),
            ("history", "board:show:history:90:task:math/tokens"),
            ("data", "csv:2026-08-31:task:math/tokens"),
            ("How to read this", "how:2026-08-31:task:math/tokens"),
        ] == [(button.label, button.custom_id) for button in buttons]

    def test_under_a_post_the_guide_carries_its_nonce(self, sample: Edition) -> None:
        """In place of the board, which the other controls contain."""
        controls = make_controls(Board.parse("code"), sample)
        marked = controls.marked("0123456789abcdef01234567")
        assert (controls.selects, controls.buttons[:-1]) == (marked.selects, marked.buttons[:-1])
        guide = marked.buttons[-1]
        assert ("How to read this", "post:0123456789abcdef01234567") == (guide.label, guide.custom_id)
        assert len(controls.buttons) == len(marked.buttons)

    @pytest.mark.parametrize(
        ("board", "expected"),
        [
            ("movers:all:7", {"14 days": "movers:all:14/requests", "28 days": "movers:all:28/requests"}),
            ("movers:code:14/tokens", {"7 days": "movers:code:7/tokens", "28 days": "movers:code:28/tokens"}),
            ("history:90:code", {"30 days": "history:30:code/requests", "365 days": "history:365:code/requests"}),
            (
                "history:60:share:math",
                {"30 days": "history:30:share:math/requests", "90 days": "history:90:share:math/requests"},
            ),
            ("model:stealth/ox-alpha", {"history": "history:90:model:stealth/ox-alpha/requests"}),
            ("digest", {}),
            ("compare:task:math|task:devops", {}),
        ],
    )
    def test_buttons_lead_through_time(self, sample: Edition, board: str, expected: dict[str, str]) -> None:
        """To other periods of movers, other lengths of a history, or the history of what is shown."""
        buttons = make_controls(Board.parse(board), sample).buttons
        assert len(buttons) <= 5
        assert expected == {button.label: str(button.board) for button in buttons[1:-2]}

    @pytest.mark.parametrize(
        ("board", "first_two"),
        [
            ("movers:task:code:debugging:14", ["movers:all:14/requests", "movers:code:14/requests"]),
            ("history:30:model:stealth/ox-alpha/tokens", ["history:30:overview/tokens", "history:30:code/tokens"]),
            ("digest/tokens", ["overview/tokens", "code/tokens"]),
            ("compare:task:math|task:devops", ["overview/requests", "code/requests"]),
        ],
    )
    def test_menus_lead_to_the_same_kind_of_board(self, sample: Edition, board: str, first_two: list[str]) -> None:
        """From movers to movers and from a history to a history; from others to the rankings."""
        options = menus_of(board, sample)["Category"].options
        assert set(first_two) <= {str(option.board) for option in options}
        task = menus_of(board, sample)["Task"].options[0].board
        assert Board.parse(first_two[0]).kind is task.kind or BoardKind.TASK is task.kind

    def test_history_of_a_task_leads_to_those_of_its_models(self, sample: Edition) -> None:
        """And marks the task that is shown."""
        menus = menus_of("history:30:task:code:debugging", sample)
        assert {BoardKind.HISTORY} == {option.board.kind for menu in menus.values() for option in menu.options}
        assert ["Debugging"] == [option.label for option in menus["Task"].options if option.chosen]

    def test_metric_stays(self, sample: Edition) -> None:
        """All menus of a board by tokens lead to boards by tokens."""
        for menu in menus_of("task:math/tokens", sample).values():
            assert {"tokens"} == {option.board.metric for option in menu.options}


class TestWhatAClickSays:
    @pytest.mark.parametrize("name", ODD)
    def test_board_is_read_back(self, name: str) -> None:
        """A `custom_id` or a value leads to the board, whatever its subject and however long."""
        edition = odd(name)
        candidates = (*edition.boards, *edition.boards_over_time)
        known = {candidate.value: Board.parse(candidate.key) for candidate in candidates}
        for board in boards_of(edition, most=3):
            controls = make_controls(board, edition)
            for menu in controls.selects:
                said = re.fullmatch(SELECT_ID, menu.custom_id)
                assert said is not None
                assert board == known[said["board"]]
                assert [option.board for option in menu.options] == [known[option.board.key] for option in menu.options]
            metric, history, data, guide = controls.buttons
            for button, pattern, to in (
                (metric, BUTTON_ID, board.by(board.metric.other)),
                (history, BUTTON_ID, Board.history(board, metric=board.metric)),
                (data, DATA_ID, board),
                (guide, GUIDE_ID, board),
            ):
                said = re.fullmatch(pattern, button.custom_id)
                assert said is not None
                assert to == known[said["board"]]
                assert units(button.custom_id) <= 100

    def test_custom_ids_of_one_card_differ(self, sample: Edition) -> None:
        """Discord refuses a message with a duplicate."""
        for board in boards_of(sample):
            controls = make_controls(board, sample)
            ids = ids_of(controls)
            assert len(ids) == len(set(ids))

    @pytest.mark.parametrize("name", ODD)
    def test_controls_contain_what_their_card_shows(self, name: str) -> None:
        """From all `custom_id`s of a card, and of a post, come its board and day."""
        edition = odd(name)
        for board in boards_of(edition, most=2):
            controls = make_controls(board, edition)
            for each in (controls, controls.marked("a" * 24)):
                ids = ids_of(each)
                assert Shown(board.key, date(2026, 8, 31)) == read_shown(ids)

    @pytest.mark.parametrize(
        ("custom_ids", "expected"),
        [
            (
                ["board:category:code/tokens", "board:show:code/requests", f"post:{'a' * 24}"],
                Shown("code/tokens", None),
            ),
            (["csv:2026-02-30:code/tokens"], Shown("code/tokens", None)),
            (["how:2026-02-03:code/tokens"], Shown("code/tokens", date(2026, 2, 3))),
            (["board:show:code/tokens", "csv:2026-02:code"], None),
            ([], None),
        ],
    )
    def test_older_controls_and_forged_days(self, custom_ids: list[str], expected: Shown | None) -> None:
        """A card of an older version has only its board; a forged day is ignored."""
        assert expected == read_shown(custom_ids)

    def test_patterns_do_not_overlap(self, sample: Edition) -> None:
        """Each `custom_id` matches one pattern only."""
        patterns = (SELECT_ID, BUTTON_ID, DATA_ID, GUIDE_ID, POST_BUTTON_ID)
        controls = make_controls(Board.parse("task:code:debugging"), sample)
        for custom_id in {*ids_of(controls), *ids_of(controls.marked("a" * 24))}:
            assert 1 == sum(re.fullmatch(pattern, custom_id) is not None for pattern in patterns)


class TestLimits:
    def test_chosen_one_is_carried_even_if_it_is_the_last(self) -> None:
        """25 of sixty tasks fit, and the task that is shown is one of them."""
        options = menus_of("task:code:59", odd("sixty_tasks"))["Task"].options
        assert (25, "task:code:59/requests", True) == (len(options), str(options[-1].board), options[-1].chosen)

    def test_what_is_too_long_has_short_keys(self) -> None:
        """A tag of 200 characters fits neither a value nor a `custom_id`, but all controls are there and lead to it."""
        edition = odd("long_tags")
        controls = make_controls(Board(BoardKind.TASK, edition.tasks[0].key), edition)
        assert ["Overview", "Code", "Long"] == [option.label for option in controls.selects[0].options]
        assert ["Category", "Task", "Model"] == [menu.placeholder for menu in controls.selects]
        assert max(map(units, ids_of(controls))) <= 100
        assert all(units(option.board.key) <= 100 for menu in controls.selects for option in menu.options)

    def test_text_that_fits_stands_for_itself(self) -> None:
        """Up to the limit of a `custom_id`, because buttons of earlier messages hold such texts."""
        board = Board(BoardKind.TASK, "t" * 71)
        assert (f"board:category:{board}", 100) == (category_menu_id(board), units(category_menu_id(board)))
        longer = Board(BoardKind.TASK, "t" * 72)
        assert "board:category:~177b88859ddc8335c0ce208f" == category_menu_id(longer)

    def test_same_tag_is_offered_once(self) -> None:
        """With the label of the task that it leads to."""
        options = menus_of("overview", odd("duplicate_tags"))["Task"].options
        assert [("First", "code:one")] == [(option.label, option.description) for option in options]

    @pytest.mark.parametrize("name", ["nearly_alike", "looking_alike", "long_labels", "combining_marks"])
    def test_no_two_options_look_alike(self, name: str) -> None:
        """Even if their labels differ very little."""
        edition = odd(name)
        for board in boards_of(edition, most=1):
            for menu in make_controls(board, edition).selects:
                assert len(menu.options) == len({option.label for option in menu.options})


class TestOffers:
    def test_best_match_comes_first(self, sample: Edition) -> None:
        """As a pair: the name to read, and the value to send."""
        assert ("Code Generation (Code)", "code:general_impl") == offers(search(sample.tasks, "code gen"))[0]
        assert ("GPT-5.6 Luna", "openai/gpt-5.6-luna-20260709") == offers(search(sample.models, "luna"))[0]

    def test_there_are_at_most_25(self, sample: Edition) -> None:
        """Of 29 tasks, before anything is typed."""
        assert 25 == len(offers(search(sample.tasks, "")))

    def test_hostile_names_can_be_carried(self) -> None:
        """Names and values have 1 to 100 units, and blank ones are not offered."""
        shown = offers([Candidate(text * 3, text * 3) for text in HOSTILE])
        assert all(1 <= units(name) <= 100 and 1 <= units(value) <= 100 for name, value in shown)
        assert len(shown) == len({name for name, _ in shown})
