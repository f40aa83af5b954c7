"""SVG into PNG: resvg draws it, with the fonts that are named to it, and Pillow cuts its colours to a palette."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import resvg_py
from PIL.Image import Dither, Quantize
from PIL.PngImagePlugin import PngImageFile

COLOURS = 64


class _PngFile(BytesIO):
    name = "picture.png"
    """Has Pillow load what it needs for PNG, and not four other formats."""


def render(svg: str, fonts: Iterable[Path]) -> bytes:
    """Draw an SVG with these font files, and no others, as a PNG of few colours; raise ValueError if it is none."""
    files = [str(font) for font in fonts]
    drawn = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=files)
    rendered = _PngFile()
    with PngImageFile(BytesIO(drawn)) as picture:
        # Few colours are in use, and with a palette the upload has a quarter of the size.
        few = picture.convert("RGB").quantize(COLOURS, method=Quantize.FASTOCTREE, dither=Dither.NONE)
        few.save(rendered)
    return rendered.getvalue()
