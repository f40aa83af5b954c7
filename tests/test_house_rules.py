"""The rules of the code that no linter checks."""

import ast
import io
import re
import subprocess
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parents[1]
CODE = sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")])
ALL_CODE = sorted([*CODE, *ROOT.glob("tests/**/*.py")])

LONGEST_MODULE = 250
LONGEST_COG = 120
LONGEST_FUNCTION = 50
USUAL_FUNCTION = 10
NEARLY_ALL_FUNCTIONS = 30
DEEPEST_NESTING = 3

MAY_CATCH_ALL = {"bot/supervise.py", "bot/app/bot.py"}

IGNORED = re.compile(r"#\s*(noqa|type:\s*ignore)\b", re.IGNORECASE)
WITH_CODE = re.compile(r"# (noqa: [A-Z]+\d+|type: ignore\[[a-z-]+)")
WITH_REASON = re.compile(r"# (noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*|type: ignore\[[a-z, -]+\]) +\S+ ?\S")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Block = ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try | ast.Match


def named(path: Path) -> str:
    """The path relative to the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """Parse a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions_of(path: Path) -> Iterator[tuple[str, Function]]:
    """Every function of a module, with inner ones and methods, and its place."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, Function):
            yield f"{named(path)}:{node.lineno} {node.name}", node


def length_of(function: Function) -> int:
    """The lines of a function from its `def` on, without its docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def depth_of(node: ast.AST) -> int:
    """How deeply blocks are nested; `with` does not count, and an `elif` is as deep as its `if`."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef | ast.Lambda):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, depth_of(child) + (isinstance(child, Block) and not is_elif))
    return deepest


def catches_all(handler: ast.ExceptHandler) -> bool:
    """Whether an `except` is bare or catches `Exception` or more."""
    caught = handler.type
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in kinds)


def comments_of(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Every comment with its line, and whether the line above is a comment too."""
    source = io.StringIO(path.read_text(encoding="utf-8"))
    comments = {
        token.start[0]: token.string
        for token in tokenize.generate_tokens(source.readline)
        if token.type == tokenize.COMMENT
    }
    for number, text in comments.items():
        yield number, text, number - 1 in comments


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Every text file that is tracked or about to be."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        try:
            yield name, ROOT.joinpath(name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue


def contract_layers() -> list[list[str]]:
    """The layers of each contract that has some."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return [contract["layers"] for contract in settings["contracts"] if contract["type"] == "layers"]


class TestLengths:
    def test_modules_are_short(self) -> None:
        """At most 250 lines; a cog at most 120."""
        lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
        budgets = {name: LONGEST_COG if name.startswith("cogs/") else LONGEST_MODULE for name in lengths}
        assert {} == {name: lines for name, lines in lengths.items() if lines > budgets[name]}

    def test_no_function_is_long(self) -> None:
        """At most 50 lines."""
        lengths = {place: length_of(function) for path in CODE for place, function in functions_of(path)}
        assert {} == {place: lines for place, lines in lengths.items() if lines > LONGEST_FUNCTION}

    def test_most_functions_are_short(self) -> None:
        """Half of them have at most 10 lines, and 90 % at most 30."""
        lengths = [length_of(function) for path in CODE for _, function in functions_of(path)]
        assert median(lengths) <= USUAL_FUNCTION
        assert quantiles(lengths, n=10)[-1] <= NEARLY_ALL_FUNCTIONS

    def test_no_function_is_deep(self) -> None:
        """At most three nested blocks."""
        depths = {place: depth_of(function) for path in CODE for place, function in functions_of(path)}
        assert {} == {place: depth for place, depth in depths.items() if depth > DEEPEST_NESTING}

    def test_no_room_is_the_whole_house(self) -> None:
        """None has more than a quarter of the code; the pictures are a room of their own inside presentation."""
        lines: Counter[str] = Counter()
        for path in CODE:
            lines["/".join(path.relative_to(ROOT).parts[:-1])] += len(path.read_text(encoding="utf-8").splitlines())
        assert {} == {room: count for room, count in lines.items() if count > lines.total() / 4}


class TestRooms:
    """The import contracts of pyproject.toml cover all modules."""

    def test_every_module_has_its_floor(self) -> None:
        """A new one is put on a floor of the house, and on one of its room if the room has floors."""
        named_modules = {
            module.strip() for layers in contract_layers() for layer in layers for module in layer.split("|")
        }
        rooms_with_floors = {module.rsplit(".", 1)[0] for module in named_modules if module.count(".") > 1}
        modules = {named(path).removesuffix(".py").replace("/", ".") for path in CODE if path.name != "__init__.py"}
        at_the_top = {module for module in modules if module.count(".") == 1 and module.startswith("bot.")}
        inside = {module for module in modules if module.rsplit(".", 1)[0] in rooms_with_floors}
        assert set() == (at_the_top | inside) - named_modules


class TestHabits:
    def test_every_test_has_a_docstring(self) -> None:
        """One line."""
        tests = [
            (place, function)
            for path in ROOT.glob("tests/**/test_*.py")
            for place, function in functions_of(path)
            if function.name.startswith("test_")
        ]
        assert [] == [place for place, function in tests if "\n" in (ast.get_docstring(function) or "\n")]

    def test_only_the_last_resorts_catch_everything(self) -> None:
        """Only the supervisor and the command tree's error handler; ruff allows handlers that log."""
        broad = {
            f"{named(path)}:{node.lineno}"
            for path in CODE
            if named(path) not in MAY_CATCH_ALL
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.ExceptHandler) and catches_all(node)
        }
        assert set() == broad

    def test_every_exception_to_a_rule_gives_its_reason(self) -> None:
        """Each ignore has a code, and a reason behind it or in the line above."""
        unreasoned = {
            f"{named(path)}:{number}"
            for path in ALL_CODE
            for number, text, above in comments_of(path)
            if IGNORED.search(text) and not WITH_REASON.search(text) and not (WITH_CODE.search(text) and above)
        }
        assert set() == unreasoned


@pytest.mark.parametrize(
    "pattern",
    [
        r"https?://[^\s\"'<>]*(/simple\b|artifactory|nexus|devpi|pythonhosted)",
        r"--(extra-)?index-url[ =]\S+://",
        r"(?<![\w/])/(home|Users)/(?!bot\b)[a-z]\w*/",
        r"[A-Z]:\\\\Users\\\\",
    ],
)
def test_no_file_names_the_authors_machine(pattern: str) -> None:
    """No address of a registry, and no home directory."""
    machine = re.compile(pattern)
    found = [name for name, text in tracked_texts() if name != named(Path(__file__)) and machine.search(text)]
    assert [] == found
