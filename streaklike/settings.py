"""Settings from the environment and `.env`: one frozen object, read by entry points only."""

import difflib
import logging
import secrets
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from streaklike.private_files import make_private_folder, tighten_file, write_once

PREFIX = "STREAKLIKE_"
DATABASE_FILE = "streaklike.db"
SECRET_FILE = "secret.key"  # noqa: S105 - the name of a file
SHORTEST_KEY = 16
"""In characters; those that we make have 64."""

OWN_NAMES = frozenset({DATABASE_FILE, SECRET_FILE})
"""What lies in the data folder; a folder that holds nothing else is the program's alone."""

OLD_DATA_DIR = Path("data")
"""Where versions before 0.2 kept everything: in whichever folder they were started."""

LIKE_A_KNOWN_NAME = 0.75
"""From this likeness on (difflib's ratio) an unknown name is treated as a misspelling of a known one."""

log = logging.getLogger(__name__)


class UnknownSetting(ValueError):
    """A misspelled setting name, which would otherwise be silently ignored. The message gives both names."""


def find_data_dir() -> Path:
    """The data folder where none is set: `data` in the current folder if it holds a database, else the user's own."""
    if (OLD_DATA_DIR / DATABASE_FILE).is_file():
        return OLD_DATA_DIR
    return platformdirs.user_data_path("streaklike", appauthor=False)


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


def _proxy_address(text: str) -> str:
    """The server compares it with the address of each connection: a name or a star would trust nobody or everybody."""
    if not text:
        return text
    try:
        return str(ip_address(text))
    except ValueError as error:
        message = f"{text!r} is no IP address. Give the proxy's own, such as 127.0.0.1, or nothing."
        raise ValueError(message) from error


class BadSecretKey(Exception):
    """The secret key file holds no usable key. The message says what to do."""


class Settings(BaseSettings):
    """Every setting, its default and what it does. docs/settings.md is compared with it by a test."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    data_dir: Path = Field(
        default_factory=find_data_dir,
        description="Where the database, the secret key and backups live. The default is the user's data folder, or `data` "
        "in the current folder where that holds a database.",
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
        description="The address under which people reach the web app; links are made from it. Unless it is set, mail has no links.",
    )
    trusted_proxy: Annotated[str, AfterValidator(_proxy_address)] = Field(
        default="",
        description="The address of the proxy in front, whose X-Forwarded-For and -Proto are believed. Empty means nobody's are.",
    )
    trusted_proxy_count: int = Field(
        default=1,
        ge=1,
        description="How many proxies stand one behind the other; each adds to X-Forwarded-For.",
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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Check the names in the environment and `.env`, then return the default sources. Raises UnknownSetting."""
        for source, place in ((env_settings, "the environment"), (dotenv_settings, ".env")):
            if isinstance(source, (EnvSettingsSource, DotEnvSettingsSource)):
                check_names(source.env_vars, cls.model_fields, place)
        return super().settings_customise_sources(
            settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
        )

    @property
    def is_data_dir_given(self) -> bool:
        """Whether `data_dir` was set explicitly."""
        return "data_dir" in self.model_fields_set

    @property
    def mailed_url(self) -> str:
        """The address that links in mail begin with; empty where nobody set one, since the default reaches no reader."""
        return self.public_url if "public_url" in self.model_fields_set else ""

    @property
    def resolved_database_url(self) -> str:
        """The database URL to open: the one set, or SQLite in the data folder."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{(self.data_dir / DATABASE_FILE).resolve()}"


def check_names(found: Iterable[str], known: Iterable[str], place: str) -> None:
    """Check the setting names found in `place`, ignoring case; log a warning for an unknown one.

    Raises UnknownSetting for a likely misspelling of a known name.
    """
    names = [f"{PREFIX}{name}".upper() for name in known]
    for name in sorted({name.upper() for name in found}):
        if not name.startswith(PREFIX) or name in names:
            continue
        # Compare without the shared prefix: it would make any two names look similar.
        ends = [each.removeprefix(PREFIX) for each in names]
        near = difflib.get_close_matches(name.removeprefix(PREFIX), ends, n=1, cutoff=LIKE_A_KNOWN_NAME)
        if near:
            raise UnknownSetting(
                f"{name} in {place} is no setting; {PREFIX}{near[0]} is one. Nothing was changed. Mend the name, or take it out."
            )
        log.warning("%s in %s is no setting of this version and is passed over.", name, place)


def make_data_folder(settings: Settings) -> None:
    """Make the data folder, closed to all other accounts. Raises OSError."""
    make_private_folder(settings.data_dir, own_names=OWN_NAMES)


def load_secret_key(settings: Settings) -> str:
    """The secret key: the one set, or the one kept in the data folder, made there the first time (mode 600).

    Of processes that make it at the same time one wins, and all read the same.
    """
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / SECRET_FILE
    if not path.exists():
        make_data_folder(settings)
        write_once(path, secrets.token_urlsafe(48))
    tighten_file(path)
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
