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


def disc(x: float, y: float, size: float) -> str:
    """A disc around a point; `size` is half its width, as for the other markers."""
    return f"M{x - size:.1f} {y:.1f}a{size} {size} 0 1 0 {2 * size} 0a{size} {size} 0 1 0 -{2 * size} 0z"


def square(x: float, y: float, size: float) -> str:
    """A square around a point."""
    return f"M{x - size:.1f} {y - size:.1f}h{2 * size}v{2 * size}h-{2 * size}z"


def diamond(x: float, y: float, size: float) -> str:
    """A square on its corner around a point."""
    wide = size * 1.3
    return f"M{x - wide:.1f} {y:.1f}l{wide:.1f} -{wide:.1f}l{wide:.1f} {wide:.1f}l-{wide:.1f} {wide:.1f}z"


def triangle(x: float, y: float, size: float) -> str:
    """A triangle around a point."""
    wide = size * 1.2
    return f"M{x - wide:.1f} {y + size:.1f}l{wide:.1f} -{2 * size:.1f}l{wide:.1f} {2 * size:.1f}z"


MARKERS = (disc, square, triangle, diamond)
"""Different ends of lines, for readers who do not see their colours."""
