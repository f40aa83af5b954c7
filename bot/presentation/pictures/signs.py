"""Signs that Roboto lacks, as path data of SVG. Each is on the base line of a text of `size` pixels."""

BOX_ADVANCE = 0.74
"""The advance width of the box, in em."""

BOX_HEIGHT = 0.7
BOX_LINE = 0.07
TRIANGLE_ADVANCE = 0.86
"""The advance width of a triangle, in em."""

TRIANGLE_WIDTH = 0.66
TRIANGLE_HEIGHT = 0.56
TRIANGLE_RISE = 0.06


def box(x: float, y: float, size: float) -> str:
    """A hollow square, for a character that no font has; fill it with the rule `evenodd`."""
    gap = (BOX_ADVANCE - BOX_HEIGHT) / 2 * size
    outer, line = BOX_HEIGHT * size, BOX_LINE * size
    inner = outer - 2 * line
    left, top = x + gap, y - outer
    return (
        f"M{left:.1f} {top:.1f}h{outer:.1f}v{outer:.1f}h-{outer:.1f}z"
        f"M{left + line:.1f} {top + line:.1f}h{inner:.1f}v{inner:.1f}h-{inner:.1f}z"
    )


def rising(x: float, y: float, size: float) -> str:
    """A triangle that points up."""
    half, height = TRIANGLE_WIDTH * size / 2, TRIANGLE_HEIGHT * size
    return f"M{x:.1f} {y - TRIANGLE_RISE * size:.1f}l{half:.1f} -{height:.1f}l{half:.1f} {height:.1f}z"


def falling(x: float, y: float, size: float) -> str:
    """A triangle that points down."""
    half, height = TRIANGLE_WIDTH * size / 2, TRIANGLE_HEIGHT * size
    return f"M{x:.1f} {y - TRIANGLE_RISE * size - height:.1f}l{half:.1f} {height:.1f}l{half:.1f} -{height:.1f}z"
