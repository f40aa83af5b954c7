"""The fonts of the host, for characters that the packaged font lacks. Only the drawing process reads them."""

import mmap
import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from bot.presentation.pictures.fonts import Glyph
from bot.presentation.pictures.truetype import Face, NotAFontError, read_faces

DIRECTORIES = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
)
"""Where Linux, macOS and Windows keep fonts."""

SUFFIXES = {".ttf", ".ttc", ".otf", ".otc"}

UNUSUAL = re.compile(r"italic|oblique|bold|black|heavy|light|thin|condensed|narrow|mono|serif|math", re.IGNORECASE)
"""Names of faces that are used only if no plain face has a character."""

PLAIN_FAMILY = re.compile(r"[A-Za-z][\w-]*( [A-Za-z][\w-]*)*", re.ASCII)
"""A family that SVG can name without quotes."""


class HostFonts:
    """Finds characters in font files. It reads a file only if the files before it lack a character."""

    def __init__(self, directories: Iterable[str] = DIRECTORIES) -> None:
        """Look into these directories and all directories below."""
        self._directories = [Path(directory).expanduser() for directory in directories]
        self._files: Sequence[Path] | None = None

    def find_glyphs(self, characters: Collection[str]) -> dict[str, Glyph]:
        """Find the font of each character that any font has."""
        found: dict[str, Glyph] = {}
        for _, face in self._faces():
            for character in set(characters) - set(found):
                advance = face.advance(character)
                if advance is not None:
                    found[character] = Glyph(face.family, advance)
            if len(found) == len(set(characters)):
                break
        return found

    def find_files(self, families: Collection[str]) -> list[Path]:
        """Find the file of each family: the same file in which `find_glyphs` found it."""
        found: dict[str, Path] = {}
        for path, face in self._faces() if families else ():
            if face.family in families:
                found.setdefault(face.family, path)
            if len(found) == len(set(families)):
                break
        return list(found.values())

    def _faces(self) -> Iterator[tuple[Path, Face]]:
        if self._files is None:
            found = [path for directory in self._directories for path in _fonts_below(directory)]
            self._files = sorted(found, key=lambda path: (bool(UNUSUAL.search(path.name)), path.name))
        for path in self._files:
            for face in _read(path):
                if PLAIN_FAMILY.fullmatch(face.family):
                    yield path, face


def _fonts_below(directory: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(directory):
        yield from (Path(parent, name) for name in names if Path(name).suffix.lower() in SUFFIXES)


def _read(path: Path) -> list[Face]:
    """The faces of a file; none if it cannot be read or is not a font."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return list(read_faces(content))
    except (OSError, *NotAFontError):
        return []
