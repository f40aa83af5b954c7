"""The parts of the documentation that are made from the code: `make docs` regenerates them, and a test compares them.

A page marks where a part stands with `<!-- made by make docs: NAME -->` and `<!-- end -->`. A new part is a function
in `PARTS`; a new page needs nothing but the marks.
"""

import ast
import asyncio
import io
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, redirect_stdout, suppress
from functools import partial
from pathlib import Path
from typing import Any

from bot.__main__ import main as run_command_line
from bot.app.bot import RankingsBot
from bot.app.gallery import Gallery
from bot.app.registration import payload_of
from bot.autopost.transitions import PLANS, POSTS, Transitions
from bot.operations.sample import SampleMarket
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
MARKED = re.compile(r"(<!-- made by make docs: (?P<name>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
HELP_WIDTH = 80
"""Columns of the terminal for which `--help` is written."""

SUBCOMMAND, GROUP = 1, 2
"""Discord's types of an option that is a command of its own."""


def renew(page: str) -> str:
    """Put what the code says now into the marked parts of a page."""
    return MARKED.sub(lambda part: f"{part[1]}\n{PARTS[part['name']]().strip()}\n\n{part[3]}", page)


def pages() -> Sequence[Path]:
    """The pages that have a marked part."""
    return [path for path in sorted(ROOT.glob("docs/*.md")) if MARKED.search(path.read_text(encoding="utf-8"))]


def help_texts() -> str:
    """What `--help` prints, of the program and of each verb."""
    whole = help_of()
    texts = {"": whole, **{f" {verb}": help_of(verb) for verb in verbs_in(whole)}}
    return "\n".join(f"```console\n$ rankings-bot{verb} --help\n{text.strip()}\n```\n" for verb, text in texts.items())


def help_of(*verb: str) -> str:
    """What `--help` prints on a terminal of 80 columns."""
    printed = io.StringIO()
    with _columns(HELP_WIDTH), redirect_stdout(printed), suppress(SystemExit):
        run_command_line([*verb, "--help"])
    return printed.getvalue()


def verbs_in(text: str) -> Sequence[str]:
    """The verbs that the program's `--help` lists."""
    return re.findall(r"^ {4}([a-z-]+)(?: |$)", text, re.MULTILINE)


def make_verbs() -> str:
    """What `make` can do, from the comments behind its targets."""
    makefile = ROOT.joinpath("Makefile").read_text(encoding="utf-8")
    verbs = re.findall(r"^([a-z]+):.*?## (.+)$", makefile, re.MULTILINE)
    return _table(("verb", "does"), [(f"`make {verb}`", explained) for verb, explained in verbs])


def settings_table() -> str:
    """Every setting with its default, from the class that reads them."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.default
        value = getattr(default, "get_secret_value", lambda given=default: given)()
        rows.append((f"`{name.upper()}`", "" if value is None else f"`{value}`", field.description or ""))
    return _table(("setting", "default", "meaning"), rows)


def slash_commands() -> str:
    """Every slash command with its options, from what the bot registers at Discord."""
    return "\n".join(_described(path, command) for path, command in leaf_commands(asyncio.run(registered_commands())))


async def registered_commands() -> Sequence[Mapping[str, Any]]:
    """All slash commands, as the bot registers them at Discord."""
    with closing(Gallery(SampleMarket())) as gallery:
        async with RankingsBot(gallery=gallery) as bot:
            await bot.load_cogs()
            return payload_of(bot.tree)


def leaf_commands(payload: Sequence[Mapping[str, Any]], above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The commands that can be used, groups taken apart, each with the path that a user types."""
    for command in payload:
        path = f"{above}/{command['name']}" if not above else f"{above} {command['name']}"
        below = [option for option in command.get("options", ()) if option["type"] in (SUBCOMMAND, GROUP)]
        if below:
            yield from leaf_commands(below, path)
        else:
            yield path, command


def rooms() -> str:
    """The rooms as the import contract has them, the upper ones first, and what each is for."""
    contracts = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = (one["layers"] for one in contracts["contracts"] if one.get("id") == "rooms")
    floors = [[room.strip() for room in layer.split("|")] for layer in layers]
    lines = ["```mermaid", "flowchart TD"]
    for number, floor in enumerate(floors):
        lines.append(f'    subgraph floor{number}[" "]')
        lines.extend(f'        {room.replace(".", "_").strip("_")}["{room}"]' for room in floor)
        lines.append("    end")
    lines.extend(f"    floor{number} --> floor{number + 1}" for number in range(len(floors) - 1))
    duties = [(f"`{room}`", _duty(room)) for floor in floors for room in floor]
    return "\n".join([*lines, "```", "", _table(("room or module", "duty"), duties)])


def states(transitions: Transitions[Any, Any]) -> str:
    """A table of transitions as a state diagram."""
    lines = [f"    {before or '[*]'} --> {after or '[*]'}: {event}" for before, event, after in transitions.table]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


PARTS: Mapping[str, Callable[[], str]] = {
    "help": help_texts,
    "make": make_verbs,
    "settings": settings_table,
    "commands": slash_commands,
    "rooms": rooms,
    "posts": partial(states, POSTS),
    "plans": partial(states, PLANS),
}
"""What can be marked in a page."""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def _described(path: str, command: Mapping[str, Any]) -> str:
    options = command.get("options", ())
    rows = [(f"`{one['name']}:`", "yes" if one.get("required") else "", _meaning(one)) for one in options]
    table = f"\n{_table(('option', 'required', 'meaning'), rows)}" if rows else ""
    return f"### `{path}`\n\n{command['description']}.\n{table}"


def _meaning(option: Mapping[str, Any]) -> str:
    choices = ", ".join(f"`{choice['value']}`" for choice in option.get("choices", ()))
    return f"{option['description']}. One of {choices}." if choices else f"{option['description']}."


def _duty(module: str) -> str:
    """The first line of a module's docstring."""
    path = ROOT.joinpath(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return (ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or "").splitlines()[0]


@contextmanager
def _columns(width: int) -> Iterator[None]:
    """Let argparse write for a terminal of this width."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(width)
    try:
        yield
    finally:
        del os.environ["COLUMNS"]
        if before is not None:
            os.environ["COLUMNS"] = before


def main() -> None:
    """Write all pages anew."""
    for page in pages():
        page.write_text(renew(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
