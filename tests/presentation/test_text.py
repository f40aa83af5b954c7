import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from bot.presentation.text import (
    MINUS,
    Markup,
    align_left,
    align_right,
    clip_apart,
    percent,
    plural,
    points,
    sanitize,
    units,
)
from tests.odd_snapshots import HOSTILE, texts

MARKDOWN = "\\*_~`|<>#[]:"
LIMITS = st.integers(1, 300)


class TestPercent:
    def test_every_share_of_the_source_is_exact(self) -> None:
        """The source has three decimals, which is one of a percent: nothing is rounded but zero."""
        expected = ["<0.1 %", *(f"{tenths // 10}.{tenths % 10} %" for tenths in range(1, 1001))]
        assert expected == [percent(tenths / 1000) for tenths in range(1001)]

    @pytest.mark.parametrize(
        ("share", "expected"),
        [
            (0, "<0.1 %"),
            (0.000499, "<0.1 %"),
            (0.0005, "0.1 %"),
            (0.0015, "0.2 %"),
            (0.0025, "0.3 %"),
            (0.1245, "12.5 %"),
            (0.12449999, "12.4 %"),
            (0.9995, "100.0 %"),
            (5e-324, "<0.1 %"),
            (1, "100.0 %"),
        ],
    )
    def test_finer_shares_are_rounded_half_up(self, share: float, expected: str) -> None:
        """A half goes up, as people round, whatever the binary fraction is; what rounds to zero is not nothing."""
        assert expected == percent(share)

    @given(st.floats(0, 1))
    def test_any_share_reads_as_one_figure_with_one_decimal(self, share: float) -> None:
        """The text is never more than half a step off."""
        shown = percent(share)
        assert re.fullmatch(r"<0\.1 %|\d{1,3}\.\d %", shown)
        figure = Decimal(shown.removeprefix("<").removesuffix(" %"))
        assert abs(figure - Decimal(str(share)) * 100) <= (Decimal("0.1") if "<" in shown else Decimal("0.05"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (0.008, "+0.8"),
        (-0.018, f"{MINUS}1.8"),
        (0.0, "="),
        (0.00049, "="),
        (-0.0005, f"{MINUS}0.1"),
        (-1, f"{MINUS}100.0"),
        (0.3 - 0.2, "+10.0"),
    ],
)
def test_changes_are_points_with_a_sign(change: float, expected: str) -> None:
    """With the minus that is as wide as the plus; what rounds to nothing is no change."""
    assert expected == points(change)


class TestForeign:
    @given(texts(), LIMITS, st.sampled_from(Markup))
    def test_it_is_one_visible_line_within_the_limit(self, text: str, limit: int, markup: Markup) -> None:
        """No line break, no control, no direction, at most so many UTF-16 units, nothing to trim."""
        shown = sanitize(text, limit=limit, markup=markup)
        assert units(shown) <= limit
        assert shown == shown.strip()
        assert shown.replace("\u200b", "").isprintable()

    @given(texts(), LIMITS)
    def test_markdown_is_escaped(self, text: str, limit: int) -> None:
        """Every character that Discord's markdown knows has its backslash, and no backslash dangles."""
        shown = sanitize(text, limit=limit)
        assert not set(MARKDOWN) & set(re.sub(r"\\[\\*_~`|<>#\[\]:+-]", "", shown))
        assert not shown.startswith(("-", "+"))

    @given(texts(), LIMITS)
    def test_nobody_is_mentioned(self, text: str, limit: int) -> None:
        """After an at sign there is always a space without a width."""
        assert not re.search("@(?!\u200b)", sanitize(text, limit=limit))

    @given(texts(), LIMITS)
    def test_code_cannot_be_left(self, text: str, limit: int) -> None:
        """A code block or a piece of code ends where the bot ends it."""
        assert "`" not in sanitize(text, limit=limit, markup=Markup.CODE)

    @given(texts(), LIMITS, st.sampled_from([Markup.PLAIN, Markup.CODE]))
    def test_twice_is_as_once(self, text: str, limit: int, markup: Markup) -> None:
        """Where nothing is escaped, what was made harmless stays as it is."""
        once = sanitize(text, limit=limit, markup=markup)
        assert once == sanitize(once, limit=limit, markup=markup)

    @given(st.text("abc XYZ.,!?()$%&=/0123456789äöü漢字", max_size=30).map(lambda text: " ".join(text.split())))
    def test_what_is_harmless_stays_as_it_is(self, text: str) -> None:
        """Labels as the source has them are not touched."""
        assert [text] * 3 == [sanitize(text, limit=300, markup=markup) for markup in Markup]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("@everyone", "@\u200beveryone"),
            ("<@1>", "\\<@\u200b1\\>"),
            ("[x](http://y)", "\\[x\\](http\\://y)"),
            ("a_b`c`", "a\\_b\\`c\\`"),
            ("- list", "\\- list"),
            ("-# small", "\\-\\# small"),
            ("one\r\ntwo\tthree", "one two three"),
            ("\u202eabc\u202c", "abc"),
            ("SQL & Database", "SQL & Database"),
            ("\u200b\ufeff", ""),
        ],
    )
    def test_hostile_texts_are_shown_as_they_are_written(self, text: str, expected: str) -> None:
        """What a reader sees is the source's own text."""
        assert expected == sanitize(text, limit=100)

    @pytest.mark.parametrize(
        ("limit", "expected"), [(1, "…"), (2, "…"), (3, "\\*…"), (4, "\\*…"), (5, "\\*\\*…"), (6, "\\*\\*\\*")]
    )
    def test_an_escape_is_kept_whole_or_left_out(self, limit: int, expected: str) -> None:
        """Clipping never parts a backslash from what it escapes."""
        assert expected == sanitize("***", limit=limit)

    def test_marks_are_not_piled_up(self) -> None:
        """Two marks on a letter are enough for any script; hundreds would take the room of a whole card."""
        assert "e\u0301\u0301n" == sanitize("e" + "\u0301" * 299 + "n", limit=300)
        assert "ภาษาไทยกั้น" == sanitize("ภาษาไทยกั้น", limit=300)


class TestClipApart:
    @given(st.lists(texts(), min_size=1, max_size=12), st.integers(6, 60))
    @example(list(HOSTILE), 6)
    @example(["x" * 50 + chr(65 + number) + "x" * 50 for number in range(60)], 8)
    def test_each_fits_and_different_ones_stay_different(self, several: list[str], width: int) -> None:
        """However narrow the column: no text is wider than it, and two are shown alike only if they are equal."""
        shown = clip_apart(several, width, sanitize=lambda text: sanitize(text, limit=300, markup=Markup.CODE))
        assert max(map(cell_len, shown)) <= width
        assert len(set(several)) == len(set(shown))
        assert len(set(zip(several, shown, strict=True))) == len(set(several))

    @given(st.lists(st.text("abc", min_size=1, max_size=8), min_size=1, max_size=12))
    def test_what_fits_is_not_touched(self, several: list[str]) -> None:
        """There is no clipping without need."""
        assert several == clip_apart(several, 8)

    @pytest.mark.parametrize(
        ("several", "width", "expected"),
        [
            (["Code Generation"], 10, ["Code Gene…"]),
            (["Llama 4 Maverick", "Llama 4 Scout"], 10, ["Llama 4 M…", "Llama 4 S…"]),
            (["Flash 2026-04-23", "Flash 2026-07-31"], 10, ["Flash…-23", "Flash…-31"]),
            (["xxxxxxxAxxxxxx", "xxxxxxxBxxxxxx"], 8, ["xxxxx…xx", "xxxxx…2"]),
            (["Flash", "Flash"], 10, ["Flash", "Flash"]),
            (["代码生成模型甲", "代码生成模型乙"], 9, ["代码生…甲", "代码生…乙"]),
        ],
    )
    def test_the_end_is_clipped_first_then_the_middle(
        self, several: list[str], width: int, expected: list[str]
    ) -> None:
        """The date at the end of an id tells two versions of a model apart; where nothing does, a number does."""
        assert expected == clip_apart(several, width)

    def test_texts_that_only_look_alike_are_numbered(self) -> None:
        """What differs in characters that cannot be shown is told apart as well."""
        shown = clip_apart(["a b", "a\nb"], 10, sanitize=lambda text: sanitize(text, limit=100))
        assert ["a b", "a b…2"] == shown


@given(st.text("aé漢 ", max_size=20), st.integers(0, 30))
def test_columns_line_up(text: str, width: int) -> None:
    """A text is padded by the room that it takes, not by its characters."""
    assert width == cell_len(align_left(text, width))
    assert max(width, cell_len(text)) == cell_len(align_right(text, width))
    assert align_right(text, width).endswith(text)


def test_counts_agree_with_their_nouns() -> None:
    """One is singular, all else is not."""
    assert ["0 days", "1 day", "2 days"] == [plural(count, "day") for count in range(3)]


def test_units_are_those_of_utf_16() -> None:
    """An emoji counts twice, as in Discord's own client."""
    assert [0, 1, 2] == [units(text) for text in ("", "é", "\N{GRINNING FACE}")]
