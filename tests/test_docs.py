"""The documentation matches the code: generated parts are up to date, and everything it names exists."""

import ast
import asyncio
import re
from dataclasses import fields
from pathlib import Path

import pytest

from bot.market.boards import Board, BoardKind
from bot.operations.sample import SampleMarket
from bot.presentation.sheets import Row, Section, Sheet
from bot.settings import Settings
from scripts import docs, pictures, screenshots

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
WRITTEN_BY_HAND = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "PRIVACY.md"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ALL = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)

CODE = re.compile(r"`((?:bot|cogs|tests|scripts)/[\w/]+\.py)(?::([\w.]+))?`")
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


def lacking(names: list[str]) -> list[str]:
    """The names that appear as code neither in the README nor in the docs."""
    return [name for name in names if f"`{name}`" not in ALL]


def defined_in(path: Path) -> set[str]:
    """The names that a module defines; methods have their class's name in front."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    top = [node for node in tree.body if isinstance(node, kinds)]
    inner = {
        f"{one.name}.{node.name}"
        for one in top
        if isinstance(one, ast.ClassDef)
        for node in one.body
        if isinstance(node, kinds)
    }
    return {one.name for one in top} | inner


class TestGeneratedParts:
    def test_every_part_has_its_page(self) -> None:
        """Each generated part is on exactly one page."""
        marked = [part["name"] for page in docs.pages() for part in docs.MARKED.finditer(page.read_text("utf-8"))]
        assert sorted(docs.PARTS) == sorted(marked)

    @pytest.mark.parametrize("page", docs.pages(), ids=lambda page: str(page.name))
    def test_page_is_up_to_date(self, page: Path) -> None:
        """Help, settings, commands, make verbs and rooms match the code."""
        text = page.read_text(encoding="utf-8")
        assert docs.renew(text) == text, f"{page.name} is stale: run `make docs` and read what changed"


class TestPictures:
    def test_pictures_are_up_to_date(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """They are as the bot draws them now; without a browser the screenshots stay as they are, and it says so."""
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(pictures, "DIRECTORY", tmp_path)
        kept = ROOT / "docs" / "pictures"
        pictures.main()
        drawn = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        assert {f"{name}.png" for name in pictures.BOARDS} == set(drawn)
        stale = [name for name, picture in drawn.items() if (kept / name).read_bytes() != picture]
        assert [] == stale, "run `make pictures` and look at them"
        assert capsys.readouterr().err.startswith("The screenshots of the card stay as they are: none of chromium, ")

    def test_every_kind_of_board_has_one(self) -> None:
        """A new kind of board needs a picture."""
        kinds = {Board.parse(board).kind for board in pictures.BOARDS.values()}
        assert set(BoardKind) - {BoardKind.UNKNOWN} == kinds

    def test_screenshots_are_small(self) -> None:
        """A whole card, on a desktop and on a phone."""
        sizes = [pictures.file_of(name).stat().st_size for name in screenshots.VIEWS]
        assert 2 == len(sizes)
        assert 150 * 1024 >= max(sizes)

    def test_readme_begins_with_all_of_them(self) -> None:
        """Readable without a click, each with an alt text, and the day and the source of the figures below them."""
        top, *_ = README.partition("\n## ")
        shown = re.findall(r'(\[?)<img src="docs/pictures/([\w-]+)\.png" width="(\d+)" alt="([^"]{30,})">', top)
        assert [*screenshots.VIEWS, *pictures.BOARDS] == [name for _, name, _, _ in shown]
        assert all(int(width) >= 330 and not link for link, _, width, _ in shown)
        assert SampleMarket().find_edition().snapshot.citation in " ".join(top.split())


class TestNothingIsMissing:
    def test_settings(self) -> None:
        """Every name of a setting is in the README or the docs; `.env.example` has the same descriptions."""
        names = [
            str(choice).upper()
            for name, field in Settings.model_fields.items()
            for choice in getattr(field.validation_alias, "choices", [name])
        ]
        assert [] == lacking(names)

        example = (ROOT / ".env.example").read_text(encoding="utf-8")
        described = [f"# {field.description}\n{name.upper()}=" for name, field in Settings.model_fields.items()]
        assert [] == [entry for entry in described if entry not in example]

    def test_verbs_and_flags(self) -> None:
        """Those of the command line, and the verbs of make."""
        whole = docs.help_of()
        verbs = docs.verbs_in(whole)
        assert {"show", "check", "invite", "demo"} <= set(verbs)
        assert [] == [verb for verb in verbs if f"rankings-bot {verb}" not in ALL]

        flags = {flag for text in (whole, *map(docs.help_of, verbs)) for flag in re.findall(r"(?<!\w)--[a-z-]+", text)}
        assert {"--help", "--json", "--port"} <= flags
        assert [] == [flag for flag in sorted(flags) if flag not in ALL]

        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        phony = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[0].split()
        assert [] == lacking([f"make {verb}" for verb in phony])

    def test_slash_commands_and_options(self) -> None:
        """Each command with its full path, and each option as users see it."""
        commands = dict(docs.leaf_commands(asyncio.run(docs.registered_commands())))
        options = [option["name"] for command in commands.values() for option in command.get("options", ())]
        assert {"/rankings code", "/autopost add", "/about"} <= set(commands)
        assert [] == lacking([*commands, *(f"{name}:" for name in options)])


class TestNames:
    @pytest.mark.parametrize("page", WRITTEN_BY_HAND, ids=lambda page: str(page.name))
    def test_what_a_page_names_exists(self, page: Path) -> None:
        """Every file, every function in it, and the target of every link."""
        text = page.read_text(encoding="utf-8")
        named = CODE.findall(text)
        assert [] == [file for file, _ in named if not (ROOT / file).is_file()]
        assert [] == [(file, name) for file, name in named if name and name not in defined_in(ROOT / file)]
        assert [] == [target for target in LINK.findall(text) if not (page.parent / target).exists()]


def test_every_field_of_the_json_is_explained() -> None:
    """Programs read `show --json`: its page names each field of a sheet, a section and a row."""
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    names = {field.name for kind in (Sheet, Section, Row) for field in fields(kind)} - {"figures"}
    assert set() == {name for name in names if f"`{name}`" not in page}
