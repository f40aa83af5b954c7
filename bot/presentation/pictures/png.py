"""Turn SVG into PNG: resvg draws it with the given fonts, and Pillow reduces its colours to a palette."""

import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import resvg_py
from PIL.Image import Dither, Image, Quantize, new
from PIL.PngImagePlugin import PngImageFile

from bot.presentation.pictures.fonts import FILES

COLOUR = re.compile(r' (?:fill|stroke)="#([0-9a-f]{6})"')
STEPS = 5
"""The number of shades between the background and each other colour, for the edges of letters."""

MOST_COLOURS = 64


class _PngFile(BytesIO):
    name = "picture.png"
    """Makes Pillow load its code for PNG only, and not for four other formats."""


def render(svg: str, host_fonts: Sequence[Path] = ()) -> bytes:
    """Draw an SVG as a PNG with Roboto and these fonts only; raise ValueError if the SVG is broken."""
    fonts = [str(font) for font in (*FILES.values(), *host_fonts)]
    drawn = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=fonts)
    rendered = _PngFile()
    with PngImageFile(BytesIO(drawn)) as picture:
        whole = picture.convert("RGB")
        # Emoji in the host's fonts have their own colours.
        few = whole.quantize(MOST_COLOURS, Quantize.FASTOCTREE) if host_fonts else _quantize(whole, svg)
        few.save(rendered)
    return rendered.getvalue()


def _quantize(picture: Image, svg: str) -> Image:
    """Reduce a picture to the colours of its SVG and shades between, which makes it a third of the size.

    The background is the first colour in the SVG.
    """
    ground, *colours = (bytes.fromhex(colour) for colour in dict.fromkeys(COLOUR.findall(svg)))
    mixed = [_mix(ground, colour, step) for colour in colours for step in range(1, STEPS + 1)]
    palette = new("P", (1, 1))
    palette.putpalette(ground + b"".join(dict.fromkeys(mixed)))
    return picture.quantize(palette=palette, dither=Dither.NONE)


def _mix(ground: bytes, colour: bytes, step: int) -> bytes:
    return bytes(round(a + (b - a) * step / STEPS) for a, b in zip(ground, colour, strict=True))
