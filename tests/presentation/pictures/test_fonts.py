import struct
from io import BytesIO

import pytest
from PIL import Image, ImageFont

from bot.presentation.pictures.fonts import FILES, Glyph, Weight, packaged_advance
from bot.presentation.pictures.lettering import HOST_SPACE, Lettering, Style
from bot.presentation.pictures.png import render
from bot.presentation.pictures.truetype import NotAFontError, read_faces

EM = 2048
WRITTEN = "0123456789.,% <=…()/&:'ABCXYZabcxyzäßéЖяΩμ—"
LINES = ["GPT-5.6 Luna", "13.1 % of classified requests, last 7 days", "DeepSeek V4 Flash 07-31", "Отладка программ"]


@pytest.mark.parametrize("weight", Weight)
def test_widths_agree_with_freetype(weight: Weight) -> None:
    """Pillow contains FreeType, which rounds the last bit of the widths."""
    font = ImageFont.truetype(str(FILES[weight]), EM, layout_engine=ImageFont.Layout.BASIC)
    for character in WRITTEN:
        assert packaged_advance(character, weight) == pytest.approx(font.getlength(character) / EM, abs=0.001)


@pytest.mark.parametrize("weight", Weight)
def test_digits_have_one_width(weight: Weight) -> None:
    """Columns of figures line up."""
    assert 1 == len({packaged_advance(figure, weight) for figure in "0123456789"})


@pytest.mark.parametrize("character", "▲▼→□代🧿")
def test_font_lacks_these_signs(character: str) -> None:
    """So they are drawn as outlines, or taken from the host."""
    assert packaged_advance(character, Weight.REGULAR) is None


@pytest.mark.parametrize("text", LINES)
def test_texts_are_never_wider_than_measured(text: str) -> None:
    """Kerning and the side bearing of the last letter make them a little narrower."""
    style = Style(40, Weight.BOLD)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="60" font-family="Roboto"><rect width="900" '
        f'height="60" fill="#000000"/><text y="45" font-size="40" font-weight="700" fill="#ffffff">{text}</text></svg>'
    )
    with Image.open(BytesIO(render(svg))) as picture:
        box = picture.convert("L").point(lambda light: 255 * (light > 60)).getbbox()
    assert box is not None
    measured = Lettering({}).width(text, style)
    assert 0.96 * measured <= box[2] <= measured


@pytest.mark.parametrize(
    "content", [b"", b"\0\1\0\0\0\1", FILES[Weight.BOLD].read_bytes()[:200], b"ttcf" + b"\xff" * 40]
)
def test_broken_font_raises(content: bytes) -> None:
    """One of the documented errors."""
    with pytest.raises(NotAFontError):
        list(read_faces(content))


def test_collection_has_several_faces() -> None:
    """Each face has its own tables at its own offset."""
    fonts = [FILES[weight].read_bytes() for weight in (Weight.REGULAR, Weight.BOLD)]
    head = struct.pack(">4sIIII", b"ttcf", 0x10000, 2, 20, 20 + len(fonts[0]))
    moved = [_moved(font, by=place) for font, place in zip(fonts, (20, 20 + len(fonts[0])), strict=True)]
    regular, bold = read_faces(head + b"".join(moved))
    assert ("Roboto", "Roboto") == (regular.family, bold.family)
    assert [packaged_advance("W", weight) for weight in (Weight.REGULAR, Weight.BOLD)] == [
        face.advance("W") for face in (regular, bold)
    ]


def _moved(font: bytes, *, by: int) -> bytes:
    """The font, with the offsets of its tables moved."""
    count = struct.unpack_from(">H", font, 4)[0]
    moved = bytearray(font)
    for number in range(count):
        place = 12 + 16 * number + 8
        struct.pack_into(">I", moved, place, struct.unpack_from(">I", font, place)[0] + by)
    return bytes(moved)


def test_space_between_words_in_a_font_of_the_host_is_not_underestimated() -> None:
    """It is drawn in that font, whose space may be wider than the packaged one; at the edge of the words it is not."""
    style, glyph = Style(100), Glyph("Host", 0.6)
    lettering, space = Lettering({"\u05d0": glyph}), packaged_advance(" ", Weight.REGULAR)
    assert space is not None
    between, before = (lettering.width(text, style) for text in ("\u05d0 \u05d0", "a \u05d0"))
    letter = packaged_advance("a", Weight.REGULAR)
    assert pytest.approx((120 + 100 * HOST_SPACE, 60 + 100 * (space + (letter or 0)))) == (between, before)
    assert space < HOST_SPACE
