import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from bot.presentation.text import (
    Markup,
    align_left,
    align_right,
    clip_apart,
    first_that_fits,
    percent,
    plural,
    points,
    points_in_words,
    sanitize,
    units,
    wrap,
)
from tests.odd_snapshots import HOSTILE, texts

MARKDOWN = "\\*_~`|<>#[]:"
LIMITS = st.integers(1, 300)


class TestPercent:
    def test_every_share_of_the_source_is_exact(self) -> None:
        """The source has three decimals, which is one decimal of a percent, so only zero is rounded."""
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
        """A half is rounded up, whatever its binary fraction. A share that rounds to zero is still shown."""
        assert expected == percent(share)

    @given(st.floats(0, 1))
    def test_any_share_reads_as_one_figure_with_one_decimal(self, share: float) -> None:
        """It is never more than half a step off."""
        shown = percent(share)
        assert re.fullmatch(r"<0\.1 %|\d{1,3}\.\d %", shown)
        figure = Decimal(shown.removeprefix("<").removesuffix(" %"))
        assert abs(figure - Decimal(str(share)) * 100) <= (Decimal("0.1") if "<" in shown else Decimal("0.05"))


class TestForeign:
    @given(texts(), LIMITS, st.sampled_from(Markup))
    def test_it_is_one_visible_line_within_the_limit(self, text: str, limit: int, markup: Markup) -> None:
        """No line break, control or direction character, no space at its ends, at most `limit` UTF-16 units."""
        shown = sanitize(text, limit=limit, markup=markup)
        assert units(shown) <= limit
        assert shown == shown.strip()
        assert shown.replace("\u200b", "").isprintable()

    @given(texts(), LIMITS)
    def test_markdown_is_escaped(self, text: str, limit: int) -> None:
        """Every character with a meaning in Discord's markdown has a backslash, and no backslash is left over."""
        shown = sanitize(text, limit=limit)
        assert not set(MARKDOWN) & set(re.sub(r"\\[\\*_~`|<>#\[\]:+-]", "", shown))
        assert not shown.startswith(("-", "+"))

    @given(texts(), LIMITS)
    def test_nobody_is_mentioned(self, text: str, limit: int) -> None:
        """A zero-width space follows every at sign."""
        assert not re.search("@(?!\u200b)", sanitize(text, limit=limit))

    @given(texts(), LIMITS)
    def test_code_cannot_be_left(self, text: str, limit: int) -> None:
        """Only the bot ends a code block or inline code."""
        assert "`" not in sanitize(text, limit=limit, markup=Markup.CODE)

    @given(texts(), LIMITS, st.sampled_from([Markup.PLAIN, Markup.CODE]))
    def test_twice_is_as_once(self, text: str, limit: int, markup: Markup) -> None:
        """Where nothing is escaped, a harmless text stays as it is."""
        once = sanitize(text, limit=limit, markup=markup)
        assert once == sanitize(once, limit=limit, markup=markup)

    @given(st.text("abc XYZ.,!?()$%&=/0123456789äöü漢字", max_size=30).map(lambda text: " ".join(text.split())))
    def test_what_is_harmless_stays_as_it_is(self, text: str) -> None:
        """Usual labels of the source are not changed."""
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
        """A reader sees the source's own text."""
        assert expected == sanitize(text, limit=100)

    @pytest.mark.parametrize(
        ("limit", "expected"), [(1, "…"), (2, "…"), (3, "\\*…"), (4, "\\*…"), (5, "\\*\\*…"), (6, "\\*\\*\\*")]
    )
    def test_an_escape_is_kept_whole_or_left_out(self, limit: int, expected: str) -> None:
        """Clipping never separates a backslash from the character that it escapes."""
        assert expected == sanitize("***", limit=limit)

    def test_marks_are_not_piled_up(self) -> None:
        """Two marks on a letter are enough for any script. Hundreds would fill a whole card."""
        assert "e\u0301\u0301n" == sanitize("e" + "\u0301" * 299 + "n", limit=300)
        assert "ภาษาไทยกั้น" == sanitize("ภาษาไทยกั้น", limit=300)


class TestClipApart:
    @given(st.lists(texts(), min_size=1, max_size=12), st.integers(6, 60))
    @example(list(HOSTILE), 6)
    @example(["x" * 50 + chr(65 + number) + "x" * 50 for number in range(60)], 8)
    def test_each_fits_and_different_ones_stay_different(self, several: list[str], width: int) -> None:
        """In any column, no text is too wide, and two texts look alike only if they are equal."""
        shown = clip_apart(several, width, sanitize=lambda text: sanitize(text, limit=300, markup=Markup.CODE))
        assert max(map(cell_len, shown)) <= width
        assert len(set(several)) == len(set(shown))
        assert len(set(zip(several, shown, strict=True))) == len(set(several))

    @given(st.lists(st.text("abc", min_size=1, max_size=8), min_size=1, max_size=12))
    def test_what_fits_is_not_touched(self, several: list[str]) -> None:
        """Only texts that are too long are clipped."""
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
            (
                ["Qwen3 235B Thinking Context 07-25", "Qwen3 235B Thinking Context 08-25"],
                30,
                ["Qwen3 235B Thinking…07-25", "Qwen3 235B Thinking…08-25"],
            ),
        ],
    )
    def test_the_end_is_clipped_first_then_the_middle(
        self, several: list[str], width: int, expected: list[str]
    ) -> None:
        """The date at the end of an id distinguishes two versions of a model. If nothing does, a number does."""
        assert expected == clip_apart(several, width)

    def test_texts_that_only_look_alike_are_numbered(self) -> None:
        """Even if they differ only in characters that cannot be shown."""
        shown = clip_apart(["a b", "a\nb"], 10, sanitize=lambda text: sanitize(text, limit=100))
        assert ["a b", "a b…2"] == shown


class TestWrap:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("short", ["short"]),
            ("exactly 10", ["exactly 10"]),
            ("two lines of it", ["two lines", "of it"]),
            ("ends here. at a space", ["ends here.", "at a space"]),
            ("three lines of words here", ["three", "lines of…"]),
            ("unbreakable-word", ["unbreakabl", "e-word"]),
            ("代码生成模型甲", ["代码生成模", "型甲"]),
            ("", [""]),
        ],
    )
    def test_lines_break_between_words(self, text: str, expected: list[str]) -> None:
        """A word that is too long is broken, and what has no room is clipped."""
        assert expected == wrap(text, 10, most=2)

    @given(st.text("ab 漢", max_size=40), st.integers(2, 12), st.integers(1, 4))
    def test_lines_fit(self, text: str, width: int, most: int) -> None:
        """None is wider, there are never too many, and they lose no more than the end and spaces."""
        lines = wrap(text, width, most=most)
        assert (True, True) == (len(lines) <= most, all(cell_len(line) <= width for line in lines))
        kept = "".join("".join(lines).removesuffix("…").split())
        assert "".join(text.split()).startswith(kept)


@given(st.text("aé漢 ", max_size=20), st.integers(0, 30))
def test_columns_line_up(text: str, width: int) -> None:
    """A text is padded by its width, not by its number of characters."""
    assert width == cell_len(align_left(text, width))
    assert max(width, cell_len(text)) == cell_len(align_right(text, width))
    assert align_right(text, width).endswith(text)


def test_counts_agree_with_their_nouns() -> None:
    """Only one is singular."""
    assert ["0 days", "1 day", "2 days"] == [plural(count, "day") for count in range(3)]


def test_units_are_those_of_utf_16() -> None:
    """An emoji counts twice, as in Discord's own client."""
    assert [0, 1, 2] == [units(text) for text in ("", "é", "\N{GRINNING FACE}")]


@pytest.mark.parametrize(
    ("change", "expected", "in_words"),
    [
        (0.008, "▲ 0.8", "up 0.8 points"),
        (-0.008, "▼ 0.8", "down 0.8 points"),
        (0.0005, "▲ 0.1", "up 0.1 points"),
        (0.0004, "=", "unchanged"),
        (-0.0004, "=", "unchanged"),
        (0.0, "=", "unchanged"),
        (0.1, "▲ 10.0", "up 10.0 points"),
        (-1.0, "▼ 100.0", "down 100.0 points"),
        (0.3 - 0.2, "▲ 10.0", "up 10.0 points"),
    ],
)
def test_changes_are_points(change: float, expected: str, in_words: str) -> None:
    """With one decimal, like the source's, and a sign for the direction."""
    assert (expected, in_words) == (points(change), points_in_words(change))


@pytest.mark.parametrize(
    ("drafts", "expected"),
    [(["abcd", "abc", "ab"], "abc"), (["abcde", "abcd"], "abcd"), (["😀😀", "ab"], "ab"), ([], "")],
)
def test_first_draft_that_fits_is_taken(drafts: list[str], expected: str) -> None:
    """In UTF-16 units; the last draft is used if none fits."""
    assert expected == first_that_fits(drafts, 3)
