from io import BytesIO

import pytest
from PIL import Image

from bot.market.editions import Edition
from bot.presentation.palette import GROUND
from bot.presentation.pictures.png import render
from tests.presentation.bodies import odd
from tests.presentation.pictures.reading import picture_of

LARGEST = 45_000
"""The most bytes of a picture."""


@pytest.mark.parametrize("board", ["overview", "general/tokens"])
def test_picture_is_small_and_opaque(sample: Edition, board: str) -> None:
    """A PNG with a palette, of the size in its SVG, with an opaque background up to the edges."""
    picture = picture_of(board, sample)
    png = render(picture.svg)
    with Image.open(BytesIO(png)) as drawn:
        assert ("PNG", "P", (picture.width, picture.height)) == (drawn.format, drawn.mode, drawn.size)
        corners = drawn.convert("RGBA")
    expected = tuple(int(GROUND[place : place + 2], 16) for place in (1, 3, 5))
    right, bottom = corners.width - 1, corners.height - 1
    for corner in [(0, 0), (right, 0), (0, bottom), (right, bottom)]:
        assert corners.getpixel(corner) == pytest.approx((*expected, 255))
    assert len(png) <= LARGEST


def test_same_svg_gives_the_same_bytes() -> None:
    """Nothing in it is random."""
    svg = picture_of("code", odd("ties")).svg
    assert render(svg) == render(svg)


def test_fonts_of_the_host_are_used_only_if_named() -> None:
    """Without them, all characters that Roboto lacks look the same."""
    svg = picture_of("code", odd("whole_shares")).svg
    pictures = {render(svg.replace(">Code<", f">{character}<")) for character in "אב"}
    assert 1 == len(pictures)
    assert {render(svg)} != pictures


def test_broken_svg_raises() -> None:
    """The process survives it."""
    with pytest.raises(ValueError, match="root"):
        render("<svg")
