import asyncio
import csv
import io
import json
import logging
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.__main__ import main
from bot.errors import SettingsError
from bot.logs import start_logging
from bot.market.editions import Edition
from bot.market.models import SYNTHETIC
from bot.operations.health import serving_health
from bot.operations.sample import PATH
from bot.operations.show import Form, show
from bot.settings import Settings
from bot.shutdown import SIGNALS
from tests.fakes.listener import Listener, Page, listening
from tests.odd_snapshots import ODD

CITATION = "Source: OpenRouter (openrouter.ai/rankings), as of 2026-09-07. Licensed under CC BY 4.0."
SAMPLE_NOTICE = "OPENROUTER_API_KEY is not set: this is the project's sample, as of 2026-09-07.\n"
LOGIN_IS_MISSING = "DISCORD_TOKEN is missing: copy the bot's token from discord.com/developers into .env.\n"
KEY_IS_MISSING = "OPENROUTER_API_KEY is missing: create a key at openrouter.ai/settings/keys and put it into .env."


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting is set, and the working directory is empty."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Runs a command line in this process, and returns its exit code and both outputs."""

    def run_here(*arguments: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield run_here
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Restores the root logger."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def cells(output: str) -> list[list[str]]:
    """The lines of a table, each as a list of cells."""
    return [[cell for cell in line.strip().split("  ") if cell] for line in output.splitlines()]


class TestProgram:
    def test_missing_token_is_one_line(self, tmp_path: Path) -> None:
        """The real process: exit code 2, no traceback, and no files left."""
        done = subprocess.run(
            [sys.executable, "-m", "bot"],
            env={"PYTHONPATH": str(Path(__file__).parents[2])},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (2, "", LOGIN_IS_MISSING) == (done.returncode, done.stdout, done.stderr)
        assert [] == list(tmp_path.iterdir())

    def test_console_script_is_the_same_program(self, tmp_path: Path) -> None:
        """As installed; into a pipe it writes no colours."""
        script = Path(sys.executable).with_name("rankings-bot")
        done = subprocess.run(
            [script, "show", "code"], env={}, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (0, SAMPLE_NOTICE) == (done.returncode, done.stderr)
        assert done.stdout.startswith("Code\n13.1 % of classified requests, last 7 days\n")
        assert "\x1b" not in done.stdout

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("CACHE_TTL", "77", "CACHE_TTL must be at least 3600 seconds: the data changes once a day"),
            ("HEALTH_PORT", "http", "HEALTH_PORT should be a valid integer"),
            ("SHARD_IDS", "0", "SHARD_IDS needs SHARD_COUNT."),
            ("DISCORD_TOKEN", "two words", "DISCORD_TOKEN contains a character that cannot be part of it"),
        ],
    )
    @pytest.mark.parametrize("arguments", [[], ["show", "code"], ["check"], ["invite"]])
    def test_a_wrong_setting_is_one_line(
        self, run: Any, monkeypatch: pytest.MonkeyPatch, *, arguments: list[str], name: str, value: str, expected: str
    ) -> None:
        """On stderr, with exit code 2, for every verb."""
        monkeypatch.setenv(name, value)
        code, out, err = run(*arguments)
        assert (2, "", 1) == (code, out, err.count("\n"))
        assert err.startswith(expected)
        assert value not in err.removeprefix(expected)

    @pytest.mark.parametrize(("arguments", "expected"), [(["invite"], LOGIN_IS_MISSING), ([], LOGIN_IS_MISSING)])
    def test_a_missing_secret_is_one_line(
        self, run: Any, restored_logging: None, *, arguments: list[str], expected: str
    ) -> None:
        """It says where to get it."""
        assert (2, "", expected) == run(*arguments)

    def test_the_token_alone_does_not_run_the_bot(
        self, run: Any, restored_logging: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It also needs a key, and says so before it connects to anything."""
        monkeypatch.setenv("DISCORD_TOKEN", "abc")
        assert (2, "", f"{KEY_IS_MISSING}\n") == run()

    @pytest.mark.parametrize("arguments", [["shw"], ["show"], ["demo", "--port", "x"], ["--nothing"]])
    def test_an_unknown_verb_is_refused(self, run: Any, arguments: list[str]) -> None:
        """With the usage, and the exit code 2 of a usage error."""
        code, out, err = run(*arguments)
        assert (2, "", True) == (code, out, err.startswith("usage: rankings-bot"))

    def test_help_names_the_verbs(self, run: Any) -> None:
        """Each with its description."""
        code, out, err = run("--help")
        assert (0, "") == (code, err)
        assert all(f"\n    {verb} " in out for verb in ("show", "check", "invite", "demo"))


class TestShow:
    @pytest.mark.parametrize(
        ("board", "expected"),
        [
            ("overview", ["1", "General", "general", "52.1 %", "▼ 2.3"]),
            (
                "code",
                ["1", "Code Generation", "code:general_impl", "4.8 %", "▲ 0.8", "36.8 %", "GPT-5.6 Luna", "25.9 %"],
            ),
            (
                "code/tokens",
                ["1", "Code Generation", "code:general_impl", "13.7 %", "▲ 1.2", "36.3 %", "GPT-5.6 Luna", "28.8 %"],
            ),
            ("task:code:general_impl", ["1", "GPT-5.6 Luna", "openai/gpt-5.6-luna-20260709", "25.9 %", "▲ 6.7"]),
            ("task:classification_tagging/tokens", ["GLM 5.3 Flash", "z-ai/glm-5.3-flash-20260826", "10.3 %", "▲ 3.0"]),
            (
                "model:openai/gpt-5.6-luna-20260709",
                ["1", "Data Transformation", "data:transformation", "36.3 %", "▲ 20.7"],
            ),
        ],
    )
    def test_table_has_each_figure(self, run: Any, board: str, expected: list[str]) -> None:
        """And the key of each row, for the next BOARD."""
        code, out, err = run("show", board)
        assert (0, SAMPLE_NOTICE) == (code, err)
        assert expected in [[cell.strip() for cell in line] for line in cells(out)]
        assert CITATION == out.splitlines()[-1]

    def test_every_row_of_a_board_is_printed(self, run: Any) -> None:
        """With all its figures; the rest is counted."""
        _, out, _ = run("show", "overview")
        assert (4 + 10, True) == (sum("%" in line for line in out.splitlines()), "and 19 more" in out)

    @pytest.mark.parametrize(
        ("board", "expected"),
        [
            ("movers:all:7", "Code Generation      code:general_impl          4.0 %   4.8 %   ▲ 0.8"),
            ("movers:models:7", "Ox Alpha           stealth/ox-alpha                     no longer listed"),
            ("movers:task:Debugging:7", "Debugging  code:debugging  GPT-5.6 Luna  new 19.5 %  DeepSeek V4 Flash 07-31"),
            ("digest", "Roleplay & Fiction  roleplay_fiction      10.1 %  8.3 %   ▼ 1.8"),
        ],
    )
    def test_movers_have_both_shares_and_the_change(self, run: Any, board: str, expected: str) -> None:
        """Without a key, those of the sample's two real answers."""
        code, out, err = run("show", board)
        assert (0, SAMPLE_NOTICE) == (code, err)
        assert (True, True) == ("2026-08-31 to 2026-09-07, in points" in out, expected in out)

    def test_json_has_the_raw_shares(self, run: Any) -> None:
        """Fractions as OpenRouter has them, with their date and source."""
        code, out, err = run("show", "code/tokens", "--json")
        said = json.loads(out)
        first = said["sections"][0]["rows"][0]
        assert (0, SAMPLE_NOTICE) == (code, err)
        assert (0.137, 0.363, 0.288) == (first["share"], first["share_within"], first["leader"]["share"])
        assert ("code:general_impl", 1) == (first["key"], first["rank"])
        assert {"name", "id", "share", "is_new", "earlier", "earlier_id"} == set(first["leader"])
        assert ("2026-09-07", 7, CITATION) == (said["as_of"], said["window_days"], said["citation"])
        assert {"kind": "category", "subject": "code", "metric": "tokens", "days": None} == said["board"]

    def test_json_has_the_same_fields_in_every_row(self, run: Any) -> None:
        """Even those that the board has no figure for."""
        [first, *_] = json.loads(run("show", "overview", "--json")[1])["sections"][0]["rows"]
        assert (0.521, None) == (first["share"], first["share_within"])

    def test_machines_get_every_row(self, run: Any) -> None:
        """Also those that a card and a table leave out."""
        categories, tasks = json.loads(run("show", "overview", "--json")[1])["sections"]
        assert (4, 29, 0) == (len(categories["rows"]), len(tasks["rows"]), tasks["left_out"])
        assert ["category", "task"] == [categories["subject"], tasks["subject"]]
        assert 1 + 4 + 29 == len(run("show", "overview", "--csv")[1].splitlines())

    def test_csv_is_the_one_that_discord_gives(self, run: Any) -> None:
        """Shares are fractions, under OpenRouter's names. The notice is on the error output, once."""
        code, out, err = run("show", "code/tokens", "--csv")
        first = next(csv.DictReader(io.StringIO(out)))
        assert (0, SAMPLE_NOTICE) == (code, err)
        assert ("code:general_impl", "0.137", "0.363") == (
            first["tag"],
            first["token_share"],
            first["category_token_share"],
        )
        assert ("0.288", CITATION) == (first["leader_tag_token_share"], first["source"])

    @pytest.mark.parametrize(
        ("board", "subjects"),
        [
            ("overview", {"category": 4, "task": 29}),
            ("code", {"task": 9}),
            ("task:math", {"model": 10}),
            ("model:openai/gpt-5.6-luna-20260709", {"task": 27}),
        ],
    )
    def test_csv_is_one_table(self, run: Any, board: str, subjects: dict[str, int]) -> None:
        """One header, and each row says what it is about; the fields of its subject are not empty."""
        header, *rows = csv.reader(io.StringIO(run("show", board, "--csv")[1]))
        records = [dict(zip(header, row, strict=True)) for row in rows]
        assert ("subject", len(set(header))) == (header[0], len(header))
        assert subjects == Counter(record["subject"] for record in records)
        own = {"category": ("key", "label"), "task": ("tag", "display_name"), "model": ("id", "name")}
        assert all(record[name] for record in records for name in own[record["subject"]])

    def test_history_is_a_table_and_its_days_are_for_machines(self, run: Any) -> None:
        """Most days of the sample are synthetic, so nothing cites OpenRouter."""
        board = "history:60:task:code:debugging"
        code, out, err = run("show", board)
        expected = ["GPT-5.6 Luna", "openai/gpt-5.6-luna-20260709", "19.5 %"]
        assert (0, SAMPLE_NOTICE) == (code, err)
        assert expected in [[cell for cell in map(str.strip, line) if cell][:3] for line in cells(out)]
        assert "Top models by share of its requests, 10 Jul to 7 Sep 2026" in out
        assert SYNTHETIC == out.splitlines()[-1]
        said = json.loads(run("show", board, "--json")[1])
        luna = next(line for line in said["chart"]["lines"] if "luna" in line["key"])
        assert (["2026-09-07", 0.195], SYNTHETIC) == (luna["points"][-1], said["citation"])
        records = list(csv.DictReader(io.StringIO(run("show", board, "--csv")[1])))
        points = sorted((day, line["key"], share) for line in said["chart"]["lines"] for day, share in line["points"])
        assert points == sorted((each["as_of"], each["id"], float(each["tag_usage_share"])) for each in records)

    def test_json_and_csv_exclude_each_other(self, run: Any) -> None:
        """The command line refuses both together."""
        code, out, err = run("show", "code", "--json", "--csv")
        assert (2, "", True) == (code, out, "not allowed with argument" in err)

    def test_columns_have_headings(self, run: Any) -> None:
        """The table also explains the figures that a card does not have."""
        out = run("show", "code")[1]
        assert ["all", "points", "within", "leader"] in [line.split() for line in out.splitlines()]
        assert "within: share of the requests in Code.\n" in out
        assert "Changes in points since 2026-08-31 are computed.\n" in out

    def test_new_leaders_are_marked(self, run: Any) -> None:
        """Before their shares."""
        rows = {line.split("  ")[1]: line for line in run("show", "code")[1].splitlines() if re.match(r"\d  ", line)}
        assert (True, False) == ("new 19.5 %" in rows["Debugging"], "new" in rows["Code Generation"])

    @pytest.mark.parametrize(("width", "figures"), [(40, 1), (60, 2), (80, 3), (120, 3), (200, 3)])
    def test_table_is_as_wide_as_the_terminal(self, width: int, figures: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """A narrow terminal clips names, but no figure; a very narrow one has fewer columns, and explains only those."""
        screen = Console(width=width, force_terminal=True, color_system=None, file=io.StringIO())
        monkeypatch.setattr("bot.operations.show.console", screen)
        asyncio.run(show(Settings.load(), "code", Form.TABLE))
        assert isinstance(screen.file, io.StringIO)
        rows = [re.sub(r"\x1b\[\d+m", "", line) for line in screen.file.getvalue().splitlines()]
        ranked = [line for line in rows if re.match(r" ?\d  ", line)]
        assert (9, {width}) == (len(ranked), {len(line) for line in ranked})
        assert all(figures == len(re.findall(r"\d\.\d %", line)) for line in ranked)
        assert (figures == 3) == any(line.startswith("within: ") for line in rows)
        assert width >= max(map(len, rows))

    @pytest.mark.parametrize("board", ["code/x", "a:b", "", "task", "/tokens"])
    def test_an_unknown_board_is_one_line(self, run: Any, board: str) -> None:
        """It explains how to write a board; nothing is loaded."""
        code, out, err = run("show", board)
        assert (1, "", 1) == (code, out, err.count("\n"))
        assert err.startswith(f"“{board}” is not a board. Use overview, code, ")

    @pytest.mark.parametrize(
        ("board", "nearest"),
        [("cdoe", "Code; Data; Agent"), ("task:debuging", "Debugging (Code)"), ("model:gpt5", "GPT-")],
    )
    def test_unknown_subject_is_refused(self, run: Any, board: str, nearest: str) -> None:
        """With the nearest three, as in Discord."""
        code, out, err = run("show", board)
        assert (1, "", True) == (code, out, nearest in err)

    def test_subject_may_be_a_name(self, run: Any) -> None:
        """By its label or its name, not only by its key."""
        assert run("show", "task:code:debugging")[1] == run("show", "task:Debugging")[1]

    @pytest.mark.parametrize("name", ["hostile_labels", "hostile_texts", "empty_texts", "no_models", "zero_shares"])
    def test_no_label_controls_the_terminal(
        self, run: Any, monkeypatch: pytest.MonkeyPatch, *, tmp_path: Path, name: str
    ) -> None:
        """No label can move the cursor, ring the bell or reverse the text."""
        path = tmp_path / "sample.json"
        path.write_bytes(ODD[name]().body)
        monkeypatch.setattr("bot.operations.sample.NEWER_PATH", path)
        for board in ("overview", *(f"task:{known.key}" for known in Edition(ODD[name]()).tasks[:2])):
            code, out, _ = run("show", board)
            assert (0, True) == (code, out.replace("\n", "").isprintable())


class TestCheck:
    def test_each_missing_setting_is_reported(self, run: Any) -> None:
        """The database is made and works, and the secrets are missing: exit code 2."""
        code, out, err = run("check")
        lines = out.splitlines()
        assert (2, "2 of 4 checks failed.\n") == (code, err)
        assert ("Settings: OK", True) == (lines[0], lines[1].startswith("Database: OK"))
        assert [f"OpenRouter: {KEY_IS_MISSING}", f"Discord: {LOGIN_IS_MISSING.strip()}"] == lines[2:]

    def test_database_has_its_absolute_path(self, run: Any, tmp_path: Path) -> None:
        """And a new one is marked: from another directory, a relative path means another file."""
        file = tmp_path / "data" / "rankings.db"
        for expected in (f"OK, new file, {file}, no", f"OK, {file}, no"):
            assert f"\nDatabase: {expected} snapshot yet\n" in run("check")[1]


class TestCheckOfOpenRouter:
    @pytest.fixture(autouse=True)
    def openrouter(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
        """It answers with the sample unless a test changes that; Discord is down."""
        monkeypatch.setenv("OPENROUTER_API_KEY", "first")
        monkeypatch.setattr("discord.http.Route.BASE", "http://127.0.0.1:1/api")
        with listening() as listener:
            monkeypatch.setenv("OPENROUTER_BASE_URL", f"http://127.0.0.1:{listener.port}")
            listener.pages["/task"] = Page(200, PATH.read_bytes())
            yield listener

    @pytest.fixture
    def checked(self, run: Any) -> Any:
        """What `check` prints about OpenRouter, at each call."""

        def check() -> str:
            [line] = [line for line in run("check")[1].splitlines() if line.startswith("OpenRouter: ")]
            return str(line.removeprefix("OpenRouter: "))

        return check

    def test_own_request_limit_is_not_a_failure(self, run: Any, checked: Any, openrouter: Listener) -> None:
        """It is reported with the archive's date, at every call."""
        assert "OK, data as of 2026-08-31" == checked()
        for _ in range(3):
            assert re.fullmatch(
                r"no request sent, because the last answer had no newer data; "
                r"next request at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; "
                r"archived data as of 2026-08-31",
                checked(),
            )
        assert "1 of 4 checks failed.\n" == run("check")[2]
        assert 1 == len(openrouter.asked)

    def test_untested_key_is_not_reported_as_ok(self, checked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """The success of another key does not count."""
        checked()
        monkeypatch.setenv("OPENROUTER_API_KEY", "second")

        assert checked().endswith("as of 2026-08-31. This key is untested: check again then")

    def test_failure_of_openrouter_and_its_retry_after(self, checked: Any, openrouter: Listener) -> None:
        """The bot obeys it too."""
        openrouter.pages["/task"] = Page(503, b"<html>", {"Retry-After": "1800"})
        assert "OpenRouter answered with status 503: the bot retries later." == checked()

        said = checked()
        found = re.search(r"because the last request failed; next request at (.+) UTC\. ", said)
        assert found is not None, said
        assert datetime.fromisoformat(f"{found[1]}Z") > datetime.now(UTC) + timedelta(minutes=28)
        assert said.endswith(" The archive has no data yet.")
        assert 1 == len(openrouter.asked)

    def test_corrected_key_is_tried_at_once(
        self, checked: Any, openrouter: Listener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The rejected one is not tried again meanwhile."""
        sample, openrouter.pages["/task"] = openrouter.pages["/task"], Page()
        assert "OpenRouter rejects the key (401): check OPENROUTER_API_KEY." == checked()
        assert checked().startswith("no request sent, because OpenRouter rejected this key (401); next request")

        openrouter.pages["/task"] = sample
        monkeypatch.setenv("OPENROUTER_API_KEY", "second")
        assert "OK, data as of 2026-08-31" == checked()
        assert ["Bearer first", "Bearer second"] == [headers["Authorization"] for headers in openrouter.headers]


INVALID_NETWORK = [
    ("ALL_PROXY", "socks5://127.0.0.1:1080", "ALL_PROXY is a SOCKS proxy, which the bot does not support: "),
    ("all_proxy", "socks://127.0.0.1:1080/", "ALL_PROXY is a SOCKS proxy, which the bot does not support: "),
    ("HTTPS_PROXY", "http://", "HTTPS_PROXY is not a proxy URL: "),
    ("NO_PROXY", "localhost,[::1]", "NO_PROXY contains [::1], which cannot be read: "),
    ("NO_PROXY", "fd00::/8", "NO_PROXY contains fd00::/8, which cannot be read: "),
    ("SSL_CERT_FILE", "/missing.pem", "SSL_CERT_FILE contains no readable certificates (FileNotFoundError): "),
]
"""Invalid network variables, and the beginnings of their errors."""


class TestNetwork:
    @pytest.fixture(autouse=True)
    def secrets(self, monkeypatch: pytest.MonkeyPatch, restored_logging: None) -> None:
        """Both are set, and the database is in memory."""
        monkeypatch.setenv("DISCORD_TOKEN", "abc")
        monkeypatch.setenv("OPENROUTER_API_KEY", "abc")
        monkeypatch.setenv("DATABASE_URL", "sqlite://")

    @pytest.mark.parametrize(("name", "value", "expected"), INVALID_NETWORK)
    @pytest.mark.parametrize("verb", [[], ["show", "code"], ["invite"], ["demo"]], ids=str)
    def test_invalid_network_variable_is_one_line(
        self, run: Any, monkeypatch: pytest.MonkeyPatch, *, verb: list[str], name: str, value: str, expected: str
    ) -> None:
        """It names the variable, and the exit code is 2."""
        monkeypatch.setenv(name, value)
        code, out, err = run(*verb)
        assert (2, "", 1) == (code, out, err.count("\n"))
        assert err.startswith(expected)

    @pytest.mark.parametrize(("name", "value", "expected"), INVALID_NETWORK)
    def test_check_reports_it_for_both_services(
        self, run: Any, monkeypatch: pytest.MonkeyPatch, *, name: str, value: str, expected: str
    ) -> None:
        """Both use the same network settings."""
        monkeypatch.setenv(name, value)
        code, out, err = run("check")
        assert (2, "2 of 4 checks failed.\n") == (code, err)
        assert [True, True] == [f"\n{service}: {expected}" in out for service in ("OpenRouter", "Discord")]

    @pytest.mark.parametrize(
        ("verb", "services"), [([], {"discord"}), (["invite"], {"discord"}), (["check"], {"discord", "openrouter"})]
    )
    def test_both_services_are_reached_by_the_proxy(
        self, run: Any, monkeypatch: pytest.MonkeyPatch, *, verb: list[str], services: set[str]
    ) -> None:
        """The proxy gets requests for both addresses; the bot ends because its token is rejected."""
        monkeypatch.setenv("OPENROUTER_BASE_URL", "http://openrouter.test/api")
        monkeypatch.setattr("discord.http.Route.BASE", "http://discord.test/api")
        with listening() as proxy:
            monkeypatch.setenv("HTTP_PROXY", f"http://user:pass@127.0.0.1:{proxy.port}")
            code, _, _ = run(*verb)
        expected = {
            "discord": "GET http://discord.test/api/users/@me HTTP/1.1",
            "openrouter": "GET http://openrouter.test/api/classifications/task?window=7d HTTP/1.1",
        }
        assert 2 == code
        assert {expected[service] for service in services} <= set(proxy.asked)
        assert {"Basic dXNlcjpwYXNz"} == {headers["Proxy-Authorization"] for headers in proxy.headers}

    def test_refusing_proxy_makes_services_unreachable(self, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """One sentence each, and not a wrong setting: the proxy may accept later."""
        monkeypatch.setenv("OPENROUTER_BASE_URL", "https://openrouter.test/api")
        monkeypatch.setattr("discord.http.Route.BASE", "https://discord.test/api")
        with listening() as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
            code, out, err = run("check")
        assert (1, "2 of 4 checks failed.\n") == (code, err)
        assert "\nOpenRouter: OpenRouter cannot be reached (ProxyError).\n" in out
        assert "\nDiscord: Discord cannot be reached (the proxy answered 401): try again later.\n" in out

    def test_no_proxy_is_obeyed(self, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """The proxy gets no request."""
        with listening() as proxy, listening() as discord:
            monkeypatch.setattr("discord.http.Route.BASE", f"http://127.0.0.1:{discord.port}/api")
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv("NO_PROXY", "openrouter.test,127.0.0.0/8")
            run("invite")
        assert ([], ["GET /api/users/@me HTTP/1.1"]) == (proxy.asked, discord.asked)


class TestHealth:
    async def test_port_in_use_is_a_settings_error(self) -> None:
        """It names the setting, without a traceback."""
        with socket.create_server(("", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(SettingsError, match=rf"^HEALTH_PORT {port} cannot be opened: .+\.$"):
                async with serving_health(port, find_trouble=str):
                    pass

    async def test_without_a_port_nothing_is_served(self) -> None:
        """And nothing fails."""
        async with serving_health(None, find_trouble=str):
            pass


class TestLogs:
    def test_json_is_one_object_per_line(self, restored_logging: None, capsys: pytest.CaptureFixture[str]) -> None:
        """With the time, level, logger and message, and with a traceback if there is one."""
        start_logging(level="INFO", form="json")
        logging.getLogger("bot.test").error("Something broke\nbadly", exc_info=ValueError("oh"))
        [line] = capsys.readouterr().err.splitlines()
        said = json.loads(line)
        assert ("ERROR", "bot.test", "Something broke\nbadly") == (said["levelname"], said["name"], said["message"])
        assert "ValueError: oh" in said["exc_info"]

    def test_less_severe_messages_are_left_out(
        self, restored_logging: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """By LOG_LEVEL; noisy libraries log less."""
        start_logging(level="WARNING", form="console")
        for name in ("bot", "httpx", "alembic"):
            logging.getLogger(name).info("hello")
        logging.getLogger("bot").warning("beware")
        [line] = capsys.readouterr().err.splitlines()
        assert line.endswith("beware")


class TestComparisons:
    IDS = "compare:model:openai/gpt-5.6-luna-20260709|model:deepseek/deepseek-v4-flash-20260731"
    NAMES = "compare:model:GPT-5.6 Luna|model:deepseek v4 flash 07-31"

    def test_names_are_as_good_as_ids(self, run: Any) -> None:
        """A column for each model, and who has the largest share of a task."""
        code, out, _ = run("show", self.NAMES)
        assert (0, out) == (code, run("show", self.IDS)[1])
        assert any(line.split()[-4:] == ["8.2", "%", "GPT-5.6", "Luna"] for line in out.splitlines())
        assert "DeepSeek V4 Flash 07-31 is ahead in 16 of 29 tasks, GPT-5.6 Luna in 13." in out

    def test_programs_get_each_share_of_each_task(self, run: Any) -> None:
        """As JSON in the order of the board, and as CSV with a row for each task and model."""
        (section,) = json.loads(run("show", f"{self.NAMES}/tokens", "--json")[1])["sections"]
        assert ["GPT-5.6 Luna", "DeepSeek V4 Flash 07-31"] == [each["name"] for each in section["compared"]]
        records = csv.DictReader(io.StringIO(run("show", f"{self.NAMES}/tokens", "--csv")[1]))
        by_pair = {(record["tag"], record["name"]): record for record in records}
        assert 2 * len(section["rows"]) == len(by_pair) == 2 * 29
        for row in section["rows"]:
            for column, cell in zip(section["compared"], row["compared"], strict=True):
                record = by_pair[row["key"], column["name"]]
                written = "" if cell["share"] is None else str(cell["share"])
                assert (written, str(cell["is_ahead"]).lower()) == (
                    record["tag_token_share"],
                    record["computed_is_ahead"],
                )
                assert (cell["share"] is None) == bool(cell["absence"])

    @pytest.mark.parametrize(
        ("board", "said"),
        [
            (f"{NAMES}|model:openai/gpt-5.6-luna-20260709", "That compares something with itself."),
            ("compare:model:luna|task:Debugging", "is not a board"),
            ("compare:task:Debugging|task:Debuging", "There is no task called “Debuging” in the data."),
        ],
    )
    def test_what_cannot_be_compared_is_one_line(self, run: Any, board: str, said: str) -> None:
        """It says what to do instead."""
        code, out, errors = run("show", board)
        assert (1, "", True) == (code, out, said in errors)
