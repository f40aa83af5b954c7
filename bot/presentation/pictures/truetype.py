"""Reads what measuring needs from a font file: its family, its characters, and their widths.

The tables are those of OpenType (https://learn.microsoft.com/typography/opentype/spec/). A library that reads whole
fonts would take 10 MiB of memory.
"""

import struct
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from mmap import mmap
from typing import NamedTuple

COLLECTION = b"ttcf"
FAMILY, TYPOGRAPHIC_FAMILY = 1, 16
WINDOWS, ENGLISH = 3, 0x409
BMP, ALL_PLANES = 4, 12
"""The formats of a `cmap` that fonts with Unicode have."""

NotAFontError = (struct.error, KeyError, ValueError, IndexError)
"""The errors that reading a broken file raises."""


class Face(NamedTuple):
    """One face of a font file."""

    family: str
    units_per_em: int
    character_map: bytes
    horizontal_metrics: bytes
    metrics_count: int

    def glyph(self, character: str) -> int:
        """The number of a character's glyph; 0 if the face does not have it."""
        find = _glyph_in_bmp if struct.unpack_from(">H", self.character_map)[0] == BMP else _glyph_in_all_planes
        return find(self.character_map, ord(character))

    def advance(self, character: str) -> float | None:
        """The advance width of a character, in em; None if the face does not have it."""
        glyph = self.glyph(character)
        if not glyph:
            return None
        place = min(glyph, self.metrics_count - 1) * 4
        return float(struct.unpack_from(">H", self.horizontal_metrics, place)[0]) / self.units_per_em


def read_faces(file: bytes | mmap) -> Iterator[Face]:
    """Read each face of a font file that maps Unicode; raise one of NotAFontError if it is not a font."""
    offsets: tuple[int, ...] = (0,)
    if file[:4] == COLLECTION:
        count = struct.unpack_from(">I", file, 8)[0]
        offsets = struct.unpack_from(f">{count}I", file, 12)
    for offset in offsets:
        face = _read_face(_tables(file, offset))
        if face is not None:
            yield face


def _tables(file: bytes | mmap, offset: int) -> Mapping[str, bytes]:
    wanted = {"cmap", "head", "hhea", "hmtx", "name"}
    tables: dict[str, bytes] = {}
    for number in range(struct.unpack_from(">H", file, offset + 4)[0]):
        tag, _, start, length = struct.unpack_from(">4sIII", file, offset + 12 + 16 * number)
        name = tag.decode("latin-1")
        if name in wanted:
            tables[name] = file[start : start + length]
    return tables


def _read_face(tables: Mapping[str, bytes]) -> Face | None:
    character_map, family = _character_map(tables["cmap"]), _family(tables["name"])
    if character_map is None or family is None:
        return None
    return Face(
        family=family,
        units_per_em=struct.unpack_from(">H", tables["head"], 18)[0],
        character_map=character_map,
        horizontal_metrics=tables["hmtx"],
        metrics_count=struct.unpack_from(">H", tables["hhea"], 34)[0],
    )


def _character_map(cmap: bytes) -> bytes | None:
    """The subtable with the most characters."""
    found: dict[int, bytes] = {}
    for number in range(struct.unpack_from(">H", cmap, 2)[0]):
        platform, _, start = struct.unpack_from(">HHI", cmap, 4 + 8 * number)
        if platform in {0, WINDOWS}:
            found[struct.unpack_from(">H", cmap, start)[0]] = cmap[start:]
    return found.get(ALL_PLANES) or found.get(BMP)


def _family(name: bytes) -> str | None:
    count, strings = struct.unpack_from(">HH", name, 2)
    found: dict[int, str] = {}
    for number in range(count):
        platform, _, language, kind, length, start = struct.unpack_from(">6H", name, 6 + 12 * number)
        if platform == WINDOWS and language == ENGLISH:
            found[kind] = name[strings + start :][:length].decode("utf-16-be")
    return found.get(TYPOGRAPHIC_FAMILY) or found.get(FAMILY)


def _glyph_in_bmp(table: bytes, code: int) -> int:
    twice = struct.unpack_from(">H", table, 6)[0]
    count = twice // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    place = bisect_left(ends, code)
    if place == count:
        return 0
    start, delta, offset = (struct.unpack_from(">H", table, 16 + twice * part + 2 * place)[0] for part in (1, 2, 3))
    if code < start:
        return 0
    if not offset:
        return int(code + delta) % 0x10000
    glyph = struct.unpack_from(">H", table, 16 + twice * 3 + 2 * place + offset + 2 * (code - start))[0]
    return int(glyph + delta) % 0x10000 if glyph else 0


def _glyph_in_all_planes(table: bytes, code: int) -> int:
    low, high = 0, struct.unpack_from(">I", table, 12)[0]
    while low < high:
        middle = (low + high) // 2
        start, end, glyph = struct.unpack_from(">III", table, 16 + 12 * middle)
        if code < start:
            high = middle
        elif code > end:
            low = middle + 1
        else:
            return int(glyph + code - start)
    return 0
