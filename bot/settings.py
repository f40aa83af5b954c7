"""Settings, read from the environment when a program starts, never at import."""

from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import (
    AliasChoices,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SettingsError

SHORTEST_CACHE_TTL = 3600
LONGEST_CACHE_TTL = 604_800
LONGEST_BUTTON_URL = 512
"""Characters. Source: https://discord.com/developers/docs/components/reference#button."""


class Settings(BaseSettings):
    """The operator's settings, from the environment or from `.env`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    discord_token: SecretStr | None = Field(default=None, description="The bot's token, from discord.com/developers.")
    openrouter_api_key: SecretStr | None = Field(
        default=None,
        description="An OpenRouter key, from openrouter.ai/settings/keys. It also pays for inference, so keep it safe.",
    )
    openrouter_base_url: HttpUrl = Field(
        default=HttpUrl("https://openrouter.ai/api/v1"), description="The base URL of OpenRouter's API."
    )
    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///data/rankings.db"),
        description="The SQLAlchemy URL of an SQLite or PostgreSQL database.",
    )
    cache_ttl: int = Field(
        default=43_200,
        le=LONGEST_CACHE_TTL,
        description="How many seconds the bot uses data before it checks for newer data, at most: 3600 to 604800.",
    )
    shard_count: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="The total number of shards. If blank, Discord decides."
    )
    shard_ids: Annotated[tuple[Annotated[int, Field(ge=0)], ...] | None, NoDecode] = Field(
        default=None, description="The shards that this process runs, such as 0,1. It requires SHARD_COUNT."
    )
    health_port: Annotated[int, Field(ge=1, le=65_535)] | None = Field(
        default=None,
        # A blank HEALTH_PORT in .env overrides a HEALTH_PORT of the image, so the image sets another variable.
        validation_alias=AliasChoices("health_port", "image_health_port"),
        description="The port of GET /health. If blank, there is none, except in the container image, which uses 8080.",
    )
    privacy_url: HttpUrl | None = Field(
        default=None, description="The URL of your privacy policy. If blank, /about shows the project's own."
    )
    figures_url: HttpUrl | None = Field(
        default=None,
        description="Where docs/figures.md can be read on the web: cards link to it. If blank, they only name it.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The lowest level that is logged: DEBUG, INFO, WARNING or ERROR."
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="The format of the log: console, or json for one object per line."
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_blank_values(cls, read: dict[str, object]) -> dict[str, object]:
        typed = {name: value.strip() if isinstance(value, str) else value for name, value in read.items()}
        return {name: value for name, value in typed.items() if value != ""}

    @field_validator("cache_ttl")
    @classmethod
    def _check_cache_ttl(cls, seconds: int) -> int:
        if seconds < SHORTEST_CACHE_TTL:
            reason = (
                f"must be at least {SHORTEST_CACHE_TTL} seconds: the data changes once a day, "
                "and everything on the OpenRouter account shares 500 requests a day"
            )
            raise ValueError(reason)
        return seconds

    @field_validator("shard_ids", mode="before")
    @classmethod
    def _split_shard_ids(cls, typed: object) -> object:
        return [part.strip() for part in typed.split(",")] if isinstance(typed, str) else typed

    @field_validator("discord_token", "openrouter_api_key", mode="before")
    @classmethod
    def _check_header_characters(cls, typed: object) -> object:
        if isinstance(typed, str) and not (typed.isascii() and typed.isprintable() and " " not in typed):
            raise ValueError("contains a character that cannot be part of it: copy it again")
        return typed

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _normalize_case(cls, typed: object, info: ValidationInfo) -> object:
        if not isinstance(typed, str):
            return typed
        return typed.upper() if info.field_name == "log_level" else typed.lower()

    @field_validator("privacy_url", "figures_url")
    @classmethod
    def _check_url_length(cls, url: HttpUrl | None) -> HttpUrl | None:
        if url is not None and len(str(url)) > LONGEST_BUTTON_URL:
            raise ValueError(f"is longer than {LONGEST_BUTTON_URL} characters, the limit of Discord's link button")
        return url

    @model_validator(mode="after")
    def _check_shards(self) -> Self:
        if self.shard_ids is None:
            return self
        if self.shard_count is None:
            raise ValueError("SHARD_IDS needs SHARD_COUNT")
        if not self.shard_ids or max(self.shard_ids) >= self.shard_count:
            raise ValueError(f"SHARD_IDS must be between 0 and {self.shard_count - 1}")
        if len(set(self.shard_ids)) < len(self.shard_ids):
            raise ValueError("SHARD_IDS lists a shard twice")
        return self

    @classmethod
    def load(cls) -> Self:
        """Read the environment and `.env`; raise SettingsError with one line, which names the setting or `.env`."""
        try:
            return cls()
        except ValidationError as invalid:
            raise SettingsError(_first_problem(invalid)) from None
        except PermissionError:
            raise SettingsError(
                ".env is not readable by the user who runs the bot: change its permissions, or run as its owner."
            ) from None
        except UnicodeDecodeError as unreadable:
            raise SettingsError(f".env cannot be read ({type(unreadable).__name__}): save it as UTF-8.") from None
        except OSError as failed:
            raise SettingsError(f".env cannot be read ({failed.strerror}): check the file and its disk.") from None

    @property
    def openrouter_key_fingerprint(self) -> str | None:
        """The first 12 hexadecimal digits of the key's SHA-256: tells keys apart without revealing them."""
        key = self.openrouter_api_key
        return None if key is None else sha256(key.get_secret_value().encode()).hexdigest()[:12]

    def require_discord_token(self) -> str:
        """Return the token; raise SettingsError, which says where to find it."""
        return _require(
            self.discord_token,
            "DISCORD_TOKEN is missing: copy the bot's token from discord.com/developers into .env.",
        )

    def require_openrouter_api_key(self) -> str:
        """Return the key; raise SettingsError, which says where to create one."""
        return _require(
            self.openrouter_api_key,
            "OPENROUTER_API_KEY is missing: create a key at openrouter.ai/settings/keys and put it into .env.",
        )


def _require(secret: SecretStr | None, problem: str) -> str:
    if secret is None or not secret.get_secret_value().strip():
        raise SettingsError(problem)
    return secret.get_secret_value().strip()


def _first_problem(invalid: ValidationError) -> str:
    error = invalid.errors(include_input=False, include_url=False, include_context=False)[0]
    name = str(error["loc"][0]).upper() if error["loc"] else ""
    reason = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{name} {reason}." if name else f"{reason}."
