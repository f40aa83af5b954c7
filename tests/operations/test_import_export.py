"""`import` and `export` on the real command line: what enters an archive, and what leaves it."""

import asyncio
import csv
import gzip
import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard

from bot.__main__ import main
from bot.market.models import Snapshot
from bot.operations import importing
from bot.operations.sample import PATH
from bot.settings import Settings
from bot.storage.archive import SnapshotArchive
from bot.storage.database import Database, open_database
from bot.storage.revisions import Revision, RevisionStore
from tests.fakes.answers import answer, body, model, snapshot, task

SAMPLE = PATH.read_bytes()
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
Run = Callable[..., tuple[object, str, str]]


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting is set but the database: neither a token nor a key. The working directory is empty."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///a.db")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process, and returns its exit code and both outputs."""

    def run_here(*arguments: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return run_here


def use(name: str) -> None:
    """Use another database from here on."""
    os.environ["DATABASE_URL"] = f"sqlite:///{name}"


def rows(name: str = "a.db") -> list[tuple[object, ...]]:
    """Everything that the archive says about its revisions, except for their ids."""
    columns = "window, as_of, sha256, body, encoding, fetched_at, checked_at, fetched_at_known"
    with closing(sqlite3.connect(name)) as connection:
        return connection.execute(f"SELECT {columns} FROM snapshots ORDER BY as_of, sha256").fetchall()  # noqa: S608 - a constant


def newest(name: str = "a.db") -> list[Snapshot]:
    """The revision that counts for each day."""

    async def load() -> list[Snapshot]:
        async with open_database(f"sqlite:///{name}") as opened:
            days = await SnapshotArchive(opened).load_days("7d")
            return list(await SnapshotArchive(opened).load_range(days[0], days[-1]))

    return asyncio.run(load())


def receive(*snapshots: Snapshot) -> None:
    """Save snapshots as live ones."""

    async def save() -> None:
        async with open_database("sqlite:///a.db") as opened:
            for each in snapshots:
                await SnapshotArchive(opened).save_snapshot(each, "7d")

    asyncio.run(save())


def fill() -> Sequence[Snapshot]:
    """Receive three days, one of them with a revision."""
    received = [snapshot(f"2026-08-{day}", fetched_at=NOON, tasks=[task(f"code:{day}")]) for day in (25, 27, 31)]
    revised = snapshot("2026-08-27", fetched_at=NOON + HOUR, tasks=[task("revised")])
    again = snapshot("2026-08-25", fetched_at=NOON + 2 * HOUR, tasks=[task("code:25")])
    receive(*received, revised, again)
    return received


def envelope(text: bytes, **altered: object) -> bytes:
    """An envelope as public archives keep it."""
    requests = [{"path": "/classifications/task", "params": {"window": "7d"}, "response": json.loads(text)}]
    return json.dumps({"requests": requests} | altered).encode()


def write(folder: Path, **files: bytes) -> Path:
    """Write files into a folder; `__` in a name stands for a dot."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return folder


class TestImport:
    def test_every_form_is_read(self, run: Run, tmp_path: Path) -> None:
        """By content and not by name, in folders at any depth; running it again changes nothing."""
        texts = [json.dumps(answer(f"2026-08-{day}"), separators=(",", ":")).encode() for day in range(20, 27)]
        folder = write(
            tmp_path / "in",
            plain__json=texts[0],
            gzip__txt=gzip.compress(texts[1]),
            zstd__json=zstandard.compress(texts[2]),
            README__md=b"# Archive",
            empty_page__html=b"<html>",
            __hidden=b"{",
        )
        two_frames = zstandard.compress(texts[4][:99]) + zstandard.compress(texts[4][99:])
        write(folder / "deeper", envelope__gz=gzip.compress(envelope(texts[3])), frames=two_frames)
        write(folder / "deeper", members=gzip.compress(texts[5][:99]) + gzip.compress(texts[5][99:]))
        named = write(tmp_path / "other", named=texts[6]) / "named"

        code, out, err = run("import", "in", str(named), "in/plain.json")
        assert (0, "") == (code, err)
        assert [
            "Taken: 7, for 7 days from 2026-08-20 to 2026-08-26",
            "Skipped, already there: 0",
            "Left alone, not JSON: 2",
            "Refused: 0",
        ] == out.splitlines()
        assert texts == [each.body for each in newest()]

        before = rows()
        code, out, _ = run("import", "in", str(named))
        assert (0, True, before) == (code, "Taken: 0\nSkipped, already there: 7\n" in out, rows())

    def test_what_is_refused_hides_nothing(self, run: Run, tmp_path: Path) -> None:
        """Each with its reason; the others are taken, and the exit code is 1."""
        good = body(answer("2026-08-20"))
        write(
            tmp_path / "in",
            a_synthetic=body(answer() | {"synthetic": True}),
            b_cut=gzip.compress(SAMPLE)[:-500],
            c_empty=b"",
            d_cut_zstd=zstandard.compress(SAMPLE)[:-500],
            e_not_gzip=b"\x1f\x8b\x08 but then something else",
            f_wrong_hash=envelope(SAMPLE, content_sha256="0" * 64),
            g_wrong_day=envelope(SAMPLE, as_of="2026-08-30"),
            h_future=envelope(SAMPLE, fetched_at="2999-01-01T00:00:00Z"),
            i_invalid=body(answer(tasks=[task("a", requests=7)])),
            j_good=good,
        )
        code, out, err = run("import", "in")
        assert 1 == code
        assert "9 refused: correct or remove what is listed above, and import it again.\n" == err
        assert "Taken: 1, for 2026-08-20\n" in out
        reasons = {
            "a_synthetic": "it is marked as synthetic, and the archive takes real answers only",
            "b_cut": "it cannot be read to its end",
            "c_empty": "it is empty",
            "d_cut_zstd": "",
            "e_not_gzip": "it cannot be read to its end",
            "f_wrong_hash": "its content_sha256 fits neither its response nor its requests",
            "g_wrong_day": "it says as_of 2026-08-30, but its answer is as of 2026-08-31",
            "h_future": "it says that it was fetched in the future",
            "i_invalid": "OpenRouter's answer does not match its documentation at data.classifications.0.usage_share",
        }
        listed = [line.strip() for line in out.splitlines() if line.startswith("  ")]
        assert len(reasons) == len(listed)
        assert [] == [
            line
            for line, (name, reason) in zip(listed, reasons.items(), strict=True)
            if not line.startswith(f"in/{name}: {reason}")
        ]
        assert [good] == [each.body for each in newest()]

    @pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
    def test_bomb_is_refused(self, run: Run, tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
        """However small it is: what it holds is read up to a limit only."""
        start = body(answer())[:-1]
        row = json.dumps({"sha256": "", "body": ""}).encode()
        write(
            tmp_path / "in",
            a_spaces=compress(start + b" " * 30_000_000),
            b_lines=compress(start + b"\n" * 12_000_000),
            c_blank=compress(b"\n" * 2_000_000),
            d_refused=compress((row + b"\n") * 3_000),
        )
        code, out, _ = run("import", "in")
        assert (1, "Taken: 0") == (code, out.splitlines()[0])
        assert "  in/a_spaces: it has a line of more than 20 MB\n" in out
        assert "  in/b_lines: it holds more than 10 MB\n" in out
        assert "  in/c_blank: it has 1000 blank lines in a row, so the rest is not read\n" in out
        assert "Refused: 1004\n" in out
        assert "  in/d_refused:1: window is malformed: Field required\n" in out

    def test_time_of_an_envelope_decides_which_revision_counts(self, run: Run, tmp_path: Path) -> None:
        """An earlier one never displaces what was received later; a later one counts."""
        live = snapshot(fetched_at=NOON, tasks=[task("live")])
        receive(live)
        for tag, at in (("earlier", NOON - HOUR), ("later", NOON + HOUR)):
            text = envelope(body(answer(tasks=[task(tag)])), fetched_at=at.isoformat())
            write(tmp_path / "in", **{tag: text})

        assert 0 == run("import", "in/earlier")[0]
        assert [live] == newest()
        assert 0 == run("import", "in/later")[0]
        assert ["later"] == [each.data.classifications[0].tag for each in newest()]
        assert 3 == len(rows())

    def test_file_without_a_time_displaces_nothing(self, run: Run, tmp_path: Path) -> None:
        """Although it was written later than the live one was received; alone on its day, it counts."""
        live = snapshot(fetched_at=NOON, tasks=[task("live")])
        receive(live)
        other, alone = body(answer(tasks=[task("file")])), body(answer("2026-08-30"))
        write(tmp_path / "in", other=other, alone=alone)

        assert 0 == run("import", "in")[0]
        assert [alone, live.body] == [each.body for each in newest()]

    def test_reformatted_answer_is_no_revision(self, run: Run, tmp_path: Path) -> None:
        """Other spaces and line breaks are the same answer; its times are merged."""
        receive(snapshot(fetched_at=NOON))
        text = json.dumps(answer(), indent=4).encode() + b"\n"
        earlier = (NOON - HOUR).isoformat()
        write(tmp_path / "in", pretty=text, envelope=envelope(text, fetched_at=earlier))

        code, out, _ = run("import", "in")
        assert (0, True) == (code, "Taken: 0\nSkipped, already there: 2\n" in out)
        assert [(NOON - HOUR, 1)] == [(each.fetched_at, len(rows())) for each in newest()]

    def test_interrupted_import_can_be_repeated(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It ends with the same archive as one that was not interrupted."""
        texts = {f"{day}__json": body(answer(f"2026-08-{day}")) for day in range(10, 30)}
        for place, file in enumerate(sorted(write(tmp_path / "in", **texts).iterdir())):
            os.utime(file, (1_788_300_000 + place, 1_788_300_000 + place))
        monkeypatch.setattr(importing, "AT_ONCE", 6)
        with monkeypatch.context() as patch:
            patch.setattr(importing, "RevisionStore", Interrupted)
            assert 130 == run("import", "in")[0]
        assert 12 == len(rows())
        assert (0, True) == ((ended := run("import", "in"))[0], "Taken: 8" in ended[1])

        use("b.db")
        assert 0 == run("import", "in")[0]
        assert rows("b.db") == rows("a.db")

    def test_no_path_controls_the_terminal(self, run: Run, tmp_path: Path) -> None:
        """A reason names the file, without its control characters."""
        write(tmp_path / "in", **{"\x1b[2J\u202e": b"{"})
        code, out, _ = run("import", "in")
        assert (1, True) == (code, out.replace("\n", "").isprintable())

    @pytest.mark.parametrize("paths", [["missing"], ["in", "missing"]])
    def test_missing_path_is_one_line(self, run: Run, tmp_path: Path, paths: list[str]) -> None:
        """Nothing is taken."""
        write(tmp_path / "in", a=SAMPLE)
        expected = "missing is neither a file nor a folder: check the path.\n"
        assert (2, "", expected) == run("import", *paths)
        assert not Path("a.db").exists()


class Interrupted(RevisionStore):
    """A store during whose third transaction somebody presses Ctrl-C."""

    def __init__(self, opened: Database) -> None:
        super().__init__(opened)
        self.saved = 0

    async def save(self, revisions: Sequence[Revision]) -> Sequence[bool]:
        if self.saved == 2:
            raise KeyboardInterrupt
        self.saved += 1
        return await super().save(revisions)


class TestExport:
    def test_its_import_gives_the_same_archive(self, run: Run, tmp_path: Path) -> None:
        """Every revision, hash and time by hash and time, also compressed; in the real process, without any secret."""
        fill()
        write(tmp_path / "in", a=body(answer("2026-08-27", tasks=[task("unknown time")])))
        assert 0 == run("import", "in")[0]
        assert 5 == len(rows())
        real(tmp_path, "export", "--format", "jsonl", "--output", "out.jsonl")
        Path("out.zst").write_bytes(zstandard.compress(Path("out.jsonl").read_bytes()))

        use("b.db")
        said = real(tmp_path, "import", "out.jsonl", "out.zst")
        assert "Taken: 5, for 3 days from 2026-08-25 to 2026-08-31\nSkipped, already there: 5\nRefused: 0\n" == said
        assert rows("a.db") == rows("b.db")
        assert newest("a.db") == newest("b.db")

    def test_lines_have_the_raw_answers(self, run: Run) -> None:
        """With their hash and times; the days are chosen, and the citation and the licence are beside them."""
        received = fill()
        code, out, err = run(
            "export", "--format", "jsonl", "--since", "2026-08-26", "--until", "2026-08-30", "--output", "out.jsonl"
        )
        lines = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
        assert (0, "", "out.jsonl: 2 answers for 1 days; the licence is in out.jsonl.LICENSE.txt.\n") == (
            code,
            out,
            err,
        )
        assert ["window", "as_of", "fetched_at", "checked_at", "sha256", "body"] == list(lines[0])
        assert (received[1].body.decode(), received[1].sha256) == (lines[0]["body"], lines[0]["sha256"])
        assert ["2026-09-01T12:00:00Z", "2026-09-01T13:00:00Z"] == [line["fetched_at"] for line in lines]
        beside = Path("out.jsonl.LICENSE.txt").read_text(encoding="utf-8")
        expected = "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-27. Licensed under CC BY 4.0.\n"
        assert beside.startswith(expected)

    def test_csv_has_every_share_of_the_newest_revisions(self, run: Run) -> None:
        """Categories without a tag, tasks without a model, models in their task; no text is a formula."""
        tasks = [task("=cmd", 0.25, 0.125, models=[model("a/b", 0.5, 0.061)])]
        receive(snapshot("2026-08-30", fetched_at=NOON), snapshot("2026-08-31", fetched_at=NOON))
        receive(snapshot("2026-08-31", fetched_at=NOON + HOUR, tasks=tasks))
        code, out, err = run("export", "--format", "csv", "--since", "2026-08-31", "--output", "-")
        expected = [
            ["as_of", "tag", "model", "metric", "share", "macro_category"],
            ["2026-08-31", "", "", "requests", "0.5", "code"],
            ["2026-08-31", "", "", "tokens", "0.5", "code"],
            ["2026-08-31", "'=cmd", "", "requests", "0.25", "code"],
            ["2026-08-31", "'=cmd", "", "tokens", "0.125", "code"],
            ["2026-08-31", "'=cmd", "a/b", "requests", "0.5", "code"],
            ["2026-08-31", "'=cmd", "a/b", "tokens", "0.061", "code"],
        ]
        assert (0, expected) == (code, list(csv.reader(io.StringIO(out))))
        assert "as of 2026-08-31. Licensed under CC BY 4.0.\n" in err

    def test_existing_file_is_kept(self, run: Run, tmp_path: Path) -> None:
        """Unless --force is given; a failed export leaves nothing behind."""
        fill()
        Path("out").write_text("precious")
        arguments = ("export", "--format", "jsonl", "--output", "out")
        said = "out exists: choose another name, or replace it with --force.\n"
        assert (2, "", said) == run(*arguments)
        assert (1, "") == run(*arguments, "--force", "--since", "2027-01-01")[:2]
        assert "precious" == Path("out").read_text()
        assert 0 == run(*arguments, "--force")[0]
        assert 4 == len(Path("out").read_text().splitlines())
        assert {"a.db", "out", "out.LICENSE.txt"} >= {
            each.name for each in tmp_path.iterdir() if each.suffix != ".db-wal"
        }

    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (
                ["--since", "2026-09-02", "--until", "2026-09-01", "--output", "o"],
                2,
                "--since 2026-09-02 is after --until",
            ),
            (["--output", "o"], 1, "The archive has no data for these days: nothing is written."),
            (
                ["--output", "no/folder/o"],
                2,
                "no/folder/o cannot be written (No such file or directory): check the path",
            ),
            (["--output", "."], 2, ". is a folder: name a file in it."),
            (["--since", "31.8.", "--output", "o"], 2, "usage: "),
        ],
    )
    def test_mistake_is_one_sentence(self, run: Run, arguments: list[str], code: int, said: str) -> None:
        """It says what to do, and nothing is written."""
        ended, out, err = run("export", "--format", "csv", *arguments)
        assert (code, "", said) == (ended, out, err[: len(said)])
        assert not Path("o").exists()

    def test_unreadable_revision_is_left_out(self, run: Run, caplog: pytest.LogCaptureFixture) -> None:
        """The export says how many; an import of the same day repairs it."""
        fill()
        assert 0 == run("export", "--format", "jsonl", "--output", "whole")[0]
        before = rows()
        with closing(sqlite3.connect("a.db")) as connection, connection:
            connection.execute("UPDATE snapshots SET body = 'x' WHERE as_of = '2026-08-31'")
        assert (
            "3 answers for 3 days (1 unreadable left out)" in run("export", "--format", "jsonl", "--output", "part")[2]
        )
        assert 0 == run("import", "whole")[0]
        assert before == rows()


def test_neither_show_nor_the_sample_writes_to_the_database(run: Run, tmp_path: Path) -> None:
    """Sample days never enter an archive: without a key nothing opens the database."""
    assert 0 == run("show", "code")[0]
    assert 0 == run("show", "overview", "--json")[0]
    assert [] == list(tmp_path.iterdir())


def real(folder: Path, *arguments: str) -> str:
    """Run the real process without any setting but the database; it must succeed."""
    done: subprocess.CompletedProcess[Any] = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "DATABASE_URL": os.environ["DATABASE_URL"]},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return str(done.stdout)
