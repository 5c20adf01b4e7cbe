"""What the environment may set: one frozen object, read by entry points alone."""

import secrets
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DATABASE_FILE = "streaklike.db"
SECRET_FILE = "secret.key"  # noqa: S105 - the name of a file
SHORTEST_KEY = 16
"""In characters; those that we make have 64."""


def _split_domains(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip().lower() for part in value.replace(",", " ").split())
    return value


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        message = f"{name!r} is no time zone. Give an IANA name such as Asia/Taipei."
        raise ValueError(message) from error
    return name


class BadSecretKey(Exception):
    """The file of the secret key holds none. The sentence says what to do."""


class Settings(BaseSettings):
    """Every setting, its default and what it does. docs/settings.md is compared with it by a test."""

    model_config = SettingsConfigDict(
        env_prefix="STREAKLIKE_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    data_dir: Path = Field(
        default=Path("data"), description="Where the database, the secret key and backups live."
    )
    database_url: str = Field(
        default="",
        description="The database; empty means SQLite in the data folder. `postgresql://…` needs the extra `postgres`.",
    )
    secret_key: str = Field(
        default="",
        description="Signs sessions and encrypts Gmail tokens. Empty means: made once, kept in the data folder with mode 600.",
    )
    gmail_endpoint: str = Field(
        default="https://gmail.googleapis.com", description="Where the Gmail API answers; moves batches too."
    )
    gmail_units_per_minute: int = Field(
        default=6000, ge=0, description="Quota units a mailbox may spend in any minute; 0 lifts the limit."
    )
    gmail_project_units_per_minute: int = Field(
        default=1_200_000,
        ge=0,
        description="Quota units all mailboxes together may spend in any minute; 0 lifts it.",
    )
    gmail_pubsub_topic: str = Field(
        default="",
        description="The Pub/Sub topic on which Gmail rings at each change; empty means polling alone.",
    )
    gmail_push_audience: str = Field(
        default="", description="The audience that the push subscription's tokens name."
    )
    gmail_push_account: str = Field(
        default="", description="The service account that the push subscription signs as."
    )
    team_domains: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_domains)] = Field(
        default=(),
        description="The team's own mail domains, separated by commas. Empty means the domains of the members' addresses.",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        description="The address under which people reach the web app; links are made from it.",
    )
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="The mail server that sends digests: `smtps://user:password@host:465`, or `smtp://host:587` for STARTTLS.",
    )
    mail_from: str = Field(
        default="",
        description="Who digests come from. Without a mail server it must be a connected mailbox with leave to send.",
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="Who bears this token may read /metrics. Empty means: signed-in members alone.",
    )
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        default="Asia/Taipei", description="The team's time zone; each member may have their own."
    )

    @property
    def resolved_database_url(self) -> str:
        """The database URL to open: the one set, or SQLite in the data folder."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{(self.data_dir / DATABASE_FILE).resolve()}"


def load_secret_key(settings: Settings) -> str:
    """The secret key: the one set, or the one kept in the data folder, made there the first time (mode 600)."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / SECRET_FILE
    if not path.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return _read_key(path)


def _read_key(path: Path) -> str:
    """The key of the file. Raises BadSecretKey for an empty one, or what was never a key: signing would mean nothing."""
    try:
        key = path.read_bytes().decode("ascii").strip()
    except UnicodeDecodeError:
        key = ""
    if len(key) < SHORTEST_KEY or not key.isprintable():
        raise BadSecretKey(
            f"{path} holds no secret key: it is empty or damaged. Nothing was changed. Put the key back from a backup; or "
            "delete the file for a new one, after which everybody signs in anew and each mailbox is connected anew."
        )
    return key
