from pathlib import Path
from shutil import copy

import pytest

from bot.app.host_fonts import HostFonts
from bot.presentation.pictures.fonts import FILES, Weight


@pytest.fixture
def fonts(tmp_path: Path) -> HostFonts:
    """A host with two fonts, two levels down, among broken files and others."""
    below = tmp_path / "truetype" / "roboto"
    below.mkdir(parents=True)
    copy(FILES[Weight.REGULAR], below / "Plain.ttf")
    copy(FILES[Weight.BOLD], below / "Another-Bold.ttf")
    for name in ("Empty.ttf", "Broken.otf", "readme.txt"):
        (below / name).write_bytes(b"" if name.startswith("Empty") else b"\0\1\0\0\0\x09 broken")
    (below / "Gone.ttf").symlink_to(below / "nowhere")
    return HostFonts([str(tmp_path), str(tmp_path / "missing")])


def test_characters_are_found_with_their_width(fonts: HostFonts) -> None:
    """In the plainest face that has them. Characters of no font are left out, and broken files are skipped."""
    found = fonts.find_glyphs("Ω代")
    assert ["Ω"] == list(found)
    assert ("Roboto", True) == (found["Ω"].family, 0.5 < found["Ω"].advance < 0.8)


def test_a_family_is_found_in_the_same_file(fonts: HostFonts) -> None:
    """Its bold file has other widths."""
    assert ["Plain.ttf"] == [path.name for path in fonts.find_files({"Roboto", "Unheard Of"})]
    assert [] == fonts.find_files(set())


def test_host_without_fonts_has_none(tmp_path: Path) -> None:
    """As in a slim container."""
    assert {} == HostFonts([str(tmp_path / "missing")]).find_glyphs("Ω")
