import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.errors import SettingsError
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
UNTOLD = "hunter2-do-not-tell"

LONGEST_URL = f"https://example.org/{'x' * (512 - len('https://example.org/'))}"

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
for root in ("bot", "cogs"):
    package = importlib.import_module(root)
    for module in pkgutil.walk_packages(package.__path__, f"{root}."):
        if not module.name.startswith("bot.storage.migrations"):
            importlib.import_module(module.name)
print(len(sys.modules))
"""


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tests read neither the machine's environment nor the developer's `.env`."""
    for name in (*Settings.model_fields, "home"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loads the settings of an environment."""

    def load_from(**environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Settings.load()

    return load_from


def plain(settings: Settings) -> dict[str, object]:
    """The settings as texts and numbers, with the secrets revealed."""
    told = {name: getattr(settings, name) for name in Settings.model_fields}
    return {
        name: value.get_secret_value()
        if isinstance(value, SecretStr)
        else value
        if value is None or isinstance(value, int | tuple)
        else str(value)
        for name, value in told.items()
    }


DEFAULTS: dict[str, object] = {
    "discord_token": None,
    "openrouter_api_key": None,
    "openrouter_base_url": "https://openrouter.ai/api/v1",
    "database_url": "sqlite:///data/rankings.db",
    "cache_ttl": 43_200,
    "shard_count": None,
    "shard_ids": None,
    "health_port": None,
    "privacy_url": None,
    "figures_url": None,
    "log_level": "INFO",
    "log_format": "console",
}


class TestReading:
    def test_defaults(self, load: Any) -> None:
        """Without an environment, everything has a default except for the two secrets."""
        assert DEFAULTS == plain(load())

    @pytest.mark.parametrize(
        ("environment", "expected"),
        [
            ({"DISCORD_TOKEN": " abc.def-ghi\n"}, {"discord_token": "abc.def-ghi"}),
            ({"OPENROUTER_API_KEY": "sk-or-v1-0"}, {"openrouter_api_key": "sk-or-v1-0"}),
            ({"OPENROUTER_API_KEY": "  "}, {}),
            ({"OPENROUTER_BASE_URL": "http://127.0.0.1:8080/v1"}, {"openrouter_base_url": "http://127.0.0.1:8080/v1"}),
            ({"DATABASE_URL": "postgresql://a:b@c/d"}, {"database_url": "postgresql://a:b@c/d"}),
            ({"CACHE_TTL": "3600"}, {"cache_ttl": 3600}),
            ({"SHARD_COUNT": "3"}, {"shard_count": 3}),
            ({"SHARD_COUNT": "3", "SHARD_IDS": " 0, 2 "}, {"shard_count": 3, "shard_ids": (0, 2)}),
            ({"SHARD_COUNT": "1", "SHARD_IDS": "0"}, {"shard_count": 1, "shard_ids": (0,)}),
            ({"HEALTH_PORT": "8080"}, {"health_port": 8080}),
            ({"PRIVACY_URL": "https://example.org/privacy"}, {"privacy_url": "https://example.org/privacy"}),
            ({"FIGURES_URL": "https://example.org/figures"}, {"figures_url": "https://example.org/figures"}),
            ({"LOG_LEVEL": "DEBUG"}, {"log_level": "DEBUG"}),
            ({"LOG_FORMAT": "json"}, {"log_format": "json"}),
            ({"CACHE_TTL": "", "SHARD_IDS": "", "LOG_LEVEL": ""}, {}),
            ({"CACHE_TTL": "  ", "HEALTH_PORT": " ", "PRIVACY_URL": "\t", "DATABASE_URL": " ", "LOG_FORMAT": " "}, {}),
            ({"LOG_LEVEL": "info "}, {"log_level": "INFO"}),
            ({"LOG_LEVEL": "Warning"}, {"log_level": "WARNING"}),
            ({"LOG_FORMAT": " JSON "}, {"log_format": "json"}),
            ({"HEALTH_PORT": "8080 "}, {"health_port": 8080}),
            ({"PRIVACY_URL": LONGEST_URL}, {"privacy_url": LONGEST_URL}),
            ({"SOMETHING_ELSE": "1"}, {}),
        ],
    )
    def test_each_setting_is_read(
        self, load: Any, environment: Mapping[str, str], expected: Mapping[str, object]
    ) -> None:
        """From its name in upper case; an empty one counts as missing."""
        assert DEFAULTS | dict(expected) == plain(load(**environment))

    def test_environment_overrides_the_env_file(self, load: Any, tmp_path: Path) -> None:
        """Variable by variable."""
        tmp_path.joinpath(".env").write_text("CACHE_TTL=7200\nLOG_LEVEL=ERROR\n", encoding="utf-8")
        settings = load(LOG_LEVEL="WARNING")
        assert (7200, "WARNING") == (settings.cache_ttl, settings.log_level)

    def test_settings_are_immutable(self, load: Any) -> None:
        """They are a value."""
        with pytest.raises(ValueError, match="frozen"):
            load().cache_ttl = 1

    def test_secrets_do_not_show(self, load: Any) -> None:
        """Not in a repr, a text or a dump."""
        settings = load(DISCORD_TOKEN=UNTOLD, OPENROUTER_API_KEY=UNTOLD, DATABASE_URL=f"postgresql://a:{UNTOLD}@c/d")
        assert UNTOLD not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


WHY_AN_HOUR = "the data changes once a day, and everything on the OpenRouter account shares 500 requests a day"

MALFORMED: list[tuple[dict[str, str], str]] = [
    ({"DISCORD_TOKEN": f"{UNTOLD} x"}, "DISCORD_TOKEN contains a character that cannot be part of it: copy it again."),
    ({"DISCORD_TOKEN": f"{UNTOLD}\tx"}, "DISCORD_TOKEN contains a character that cannot be part of it: copy it again."),
    (
        {"OPENROUTER_API_KEY": f"{UNTOLD}é"},
        "OPENROUTER_API_KEY contains a character that cannot be part of it: copy it again.",
    ),
    (
        {"OPENROUTER_BASE_URL": UNTOLD},
        "OPENROUTER_BASE_URL should be a valid URL, relative URL without a base.",
    ),
    ({"OPENROUTER_BASE_URL": f"ftp://{UNTOLD}"}, "OPENROUTER_BASE_URL URL scheme should be 'http' or 'https'."),
    (
        {"CACHE_TTL": "3599"},
        f"CACHE_TTL must be at least 3600 seconds: {WHY_AN_HOUR}.",
    ),
    ({"CACHE_TTL": "604801"}, "CACHE_TTL should be less than or equal to 604800."),
    ({"CACHE_TTL": UNTOLD}, "CACHE_TTL should be a valid integer, unable to parse string as an integer."),
    ({"SHARD_COUNT": "0"}, "SHARD_COUNT should be greater than or equal to 1."),
    ({"SHARD_IDS": "0"}, "SHARD_IDS needs SHARD_COUNT."),
    ({"SHARD_IDS": "0,2", "SHARD_COUNT": "2"}, "SHARD_IDS must be between 0 and 1."),
    ({"SHARD_IDS": "-1", "SHARD_COUNT": "2"}, "SHARD_IDS should be greater than or equal to 0."),
    ({"SHARD_IDS": "0,0", "SHARD_COUNT": "2"}, "SHARD_IDS lists a shard twice."),
    (
        {"SHARD_IDS": f"0,{UNTOLD}", "SHARD_COUNT": "2"},
        "SHARD_IDS should be a valid integer, unable to parse string as an integer.",
    ),
    (
        {"SHARD_IDS": "0,,1", "SHARD_COUNT": "2"},
        "SHARD_IDS should be a valid integer, unable to parse string as an integer.",
    ),
    ({"HEALTH_PORT": "0"}, "HEALTH_PORT should be greater than or equal to 1."),
    ({"HEALTH_PORT": "65536"}, "HEALTH_PORT should be less than or equal to 65535."),
    ({"PRIVACY_URL": UNTOLD}, "PRIVACY_URL should be a valid URL, relative URL without a base."),
    (
        {"PRIVACY_URL": f"{LONGEST_URL}x"},
        "PRIVACY_URL is longer than 512 characters, the limit of Discord's link button.",
    ),
    (
        {"PRIVACY_URL": f"https://example.org/{'ü' * 200}"},
        "PRIVACY_URL is longer than 512 characters, the limit of Discord's link button.",
    ),
    ({"LOG_LEVEL": UNTOLD}, "LOG_LEVEL should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'."),
    ({"LOG_FORMAT": UNTOLD}, "LOG_FORMAT should be 'console' or 'json'."),
]


class TestErrors:
    @pytest.mark.parametrize(("environment", "expected"), MALFORMED)
    def test_a_malformed_setting_is_named_in_one_line(
        self, load: Any, environment: Mapping[str, str], expected: str
    ) -> None:
        """With what it should be, and never with its value, which may be a secret."""
        with pytest.raises(SettingsError) as complaint:
            load(**environment)
        assert expected == complaint.value.operator_sentence
        assert (None, True) == (complaint.value.__cause__, complaint.value.__suppress_context__)

    @pytest.mark.parametrize("value", [None, "", "  "])
    @pytest.mark.parametrize("name", ["DISCORD_TOKEN", "OPENROUTER_API_KEY"])
    def test_a_missing_secret_is_named_when_it_is_needed(self, load: Any, name: str, value: str | None) -> None:
        """With where to get it; until then the program works without."""
        settings = load(**({} if value is None else {name: value}))
        with pytest.raises(SettingsError, match=rf"^{name} is missing: .* into \.env\.$"):
            getattr(settings, f"require_{name.lower()}")()

    def test_a_secret_is_given_when_it_is_needed(self, load: Any) -> None:
        """As plain text."""
        environment = {"DISCORD_TOKEN": "token", "OPENROUTER_API_KEY": "key"}
        settings = load(**environment)
        assert ("token", "key") == (settings.require_discord_token(), settings.require_openrouter_api_key())

    def test_a_file_that_is_not_utf_8_is_named(self, load: Any, tmp_path: Path) -> None:
        """An editor on another system may have written it."""
        tmp_path.joinpath(".env").write_bytes(f"DISCORD_TOKEN={UNTOLD}\xff".encode("latin-1"))
        with pytest.raises(SettingsError, match=r"^\.env cannot be read \(UnicodeDecodeError\): save it as UTF-8\.$"):
            load()

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (
                PermissionError(13, "Permission denied"),
                ".env is not readable by the user who runs the bot: ",
            ),
            (
                OSError(5, "Input/output error"),
                ".env cannot be read (Input/output error): check the file and its disk.",
            ),
        ],
    )
    def test_a_file_that_cannot_be_opened_has_its_own_message(
        self, load: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, error: OSError, expected: str
    ) -> None:
        """It does not blame the encoding."""
        tmp_path.joinpath(".env").touch()

        def refuse(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr("dotenv.main.open", refuse, raising=False)
        with pytest.raises(SettingsError) as refused:
            load()
        assert refused.value.operator_sentence.startswith(expected)


class TestKeyFingerprint:
    def test_it_tells_keys_apart_without_revealing_them(self, load: Any) -> None:
        """A short hash; None without a key."""
        first, second, none = (load(OPENROUTER_API_KEY=key).openrouter_key_fingerprint for key in ("sk-1", "sk-2", ""))
        assert (12, True, None) == (len(first), first != second, none)
        assert first == load(OPENROUTER_API_KEY=" sk-1\n").openrouter_key_fingerprint


class TestExample:
    LINES = ROOT.joinpath(".env.example").read_text(encoding="utf-8").splitlines()

    def test_every_setting_is_there_with_its_explanation(self) -> None:
        """In the order of the class, each below its description."""
        settings = [line for line in self.LINES if line and not line.startswith("#")]
        above = [self.LINES[self.LINES.index(line) - 1] for line in settings]
        assert [name.upper() for name in Settings.model_fields] == [line.partition("=")[0] for line in settings]
        assert [f"# {field.description}" for field in Settings.model_fields.values()] == above

    def test_values_are_the_defaults(self, load: Any, tmp_path: Path) -> None:
        """Copying the example and adding the two secrets changes nothing else."""
        tmp_path.joinpath(".env").write_text("\n".join(self.LINES), encoding="utf-8")
        assert DEFAULTS == plain(load())
        shown = {line.partition("=")[0].lower(): line.partition("=")[2] for line in self.LINES if "=" in line}
        assert {name: "" if value is None else str(value) for name, value in DEFAULTS.items()} == shown


def test_nothing_is_read_at_import(tmp_path: Path) -> None:
    """Every module can be imported without settings, and with wrong ones."""
    wrong = "\n".join(f"{name.upper()}=\x01wrong" for name in Settings.model_fields)
    tmp_path.joinpath(".env").write_text(wrong, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT_EVERYTHING],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    assert [".env"] == [path.name for path in tmp_path.iterdir()]
