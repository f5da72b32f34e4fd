"""Settings: every environment variable, typed, read once, frozen.

The embedded default needs none of them: keys are made on the first start and kept in the data
directory, the databases are SQLite files there. Production names everything and refuses to start
with anything that was only meant for trying out.
"""

import base64
import json
import os
import secrets
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT_PREFIX = "dev-"
"""Begins every key that was made for the embedded default, so that production can refuse it."""

PREFIX = "FIVEGATE_"
MIN_SECRET_LENGTH = 32
KEY_BYTES = 32
NOBODY = "none"
DATABASE_DRIVERS = frozenset({"mysql+pymysql", "mariadb+pymysql", "sqlite"})


class Environment(StrEnum):
    EMBEDDED = "embedded"
    TEST = "test"
    PRODUCTION = "production"


class Surface(StrEnum):
    """Which blueprints a process serves."""

    ALL = "all"
    CONSOLE = "console"
    PORTAL = "portal"


class LogFormat(StrEnum):
    CONSOLE = "console"
    JSON = "json"


class BlobStoreKind(StrEnum):
    """Where uploaded files are kept, always encrypted."""

    DIRECTORY = "directory"
    DATABASE = "database"


class SettingsError(Exception):
    """The configuration cannot be used; the text says what to change."""


class Settings(BaseSettings):
    """Everything that differs between two installations."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    environment: Environment = Environment.EMBEDDED
    """``production`` turns every guard on; ``embedded`` is what `make run` uses."""
    surface: Surface = Surface.ALL
    """``portal`` serves clients only and signs no staff in; ``console`` serves staff only."""
    public_url: str = "http://127.0.0.1:8000"
    """Where people reach this process; links in mails begin with it."""
    portal_url: str = ""
    """Where clients reach the portal, if it runs apart from the console: their links begin with it. Empty: public_url."""
    data_dir: Path = ROOT / "var"
    """Files of the embedded default, mails that were not sent, uploads."""
    debug: bool = False
    """Flask's debugger. Refused in production."""
    log_format: LogFormat = LogFormat.CONSOLE
    """``json`` for machines, ``console`` for people."""

    secret_key: SecretStr = SecretStr("")
    """Signs session cookies and form tokens; at least 32 characters."""
    key_ring: SecretStr = SecretStr("")
    """Keys that encrypt stored secrets: ``id:base64[,id:base64…]``, 32 bytes each, the current one first."""

    database_url: SecretStr = SecretStr("")
    """Application database, as the runtime account (or the portal account where surface is portal)."""
    traffic_database_url: SecretStr = SecretStr("")
    """Traffic database, same account."""
    migrations_database_url: SecretStr = SecretStr("")
    """Application database as the account that may change tables; only `flask db` uses it."""
    traffic_migrations_database_url: SecretStr = SecretStr("")
    """Traffic database as the account that may change tables."""
    allow_sqlite_in_production: bool = False
    """Production on SQLite: one machine, few people, and you know it."""
    redis_url: SecretStr = SecretStr("")
    """Redis or Valkey: the queue's nudges and the rate limits."""

    smtp_host: str = ""
    """Empty: mails are written into the data directory instead of sent."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    """Port of the mail server."""
    smtp_user: str = ""
    """Account at the mail server, if it wants one."""
    smtp_password: SecretStr = SecretStr("")
    """Its password."""
    smtp_starttls: bool = True
    """Encrypt the connection to the mail server."""
    mail_from: str = "Fivegate <fivegate@localhost.localdomain>"
    """Sender of every mail."""

    session_idle_minutes: int = Field(default=60, ge=1)
    """Signed out after so long without a click."""
    session_absolute_hours: int = Field(default=12, ge=1)
    """Signed out after so long whatever happens."""
    staff_second_factor: bool | None = None
    """Whether staff must have a second factor. Unset: yes in production, no elsewhere."""
    sign_in_limit_per_account: str = "10 per 15 minutes"
    """Attempts to sign in as one account."""
    sign_in_limit_per_address: str = "60 per 15 minutes"
    """Attempts to sign in, reset or accept from one network address."""
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    """How many reverse proxies in front may name the visitor's address."""
    metrics_networks: str = "127.0.0.0/8,::1/128"
    """Networks whose machines may read /metrics, comma-separated (CIDR); to everybody else there is nothing. ``none``: nobody."""

    upload_limit_mb: int = Field(default=1024, ge=1, le=100_000)
    """The largest file that people may upload, in megabytes."""
    blob_store: BlobStoreKind = BlobStoreKind.DIRECTORY
    """Where uploaded files are kept, encrypted: ``directory``, or ``database`` where machines share no directory."""
    blob_dir: Path | None = None
    """The directory of uploaded files; all machines must reach it. Unset: ``blobs`` in the data directory."""

    job_lease_seconds: int = Field(default=60, ge=2)
    """How long a silent worker keeps a job before another may take it."""
    job_max_attempts: int = Field(default=4, ge=1)
    """Attempts before a job is parked with a task."""
    job_backoff_seconds: int = Field(default=15, ge=0)
    """Wait before the second attempt; doubled for each further one."""
    job_cap_per_organization: int = Field(default=2, ge=1)
    """Jobs of one organization that may run at once in one queue."""
    scheduler_interval_seconds: float = Field(default=10.0, gt=0)
    """Time between two rounds of the scheduler loop."""
    watch_old_after_days: int = Field(default=180, ge=1)
    """The watch tells of a connector's secret that is older than so many days."""

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def requires_staff_second_factor(self) -> bool:
        return self.is_production if self.staff_second_factor is None else self.staff_second_factor

    @property
    def serves_staff(self) -> bool:
        return self.surface is not Surface.PORTAL

    @property
    def serves_clients(self) -> bool:
        return self.surface is not Surface.CONSOLE

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"

    @property
    def blobs(self) -> Path:
        return self.blob_dir or self.data_dir / "blobs"

    @property
    def upload_limit_bytes(self) -> int:
        return self.upload_limit_mb * 1024 * 1024

    @property
    def clients_url(self) -> str:
        return self.portal_url or self.public_url

    def is_metrics_reader(self, address: str) -> bool:
        """Whether a machine of this address may read figures of the installation."""
        try:
            found = ip_address(address)
        except ValueError:  # a socket has no address
            return False
        # One machine has two addresses where a server listens on both protocols at once: ::ffff:10.0.0.1 is 10.0.0.1.
        plain = getattr(found, "ipv4_mapped", None) or found
        return any(plain in network for network in _networks(self.metrics_networks))

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @model_validator(mode="after")
    def _refuse_what_is_unsafe(self) -> Self:
        problem = unreadable_value(self) or (production_problem(self) if self.is_production else "")
        if problem:
            raise ValueError(problem)
        return self


def unreadable_value(settings: Settings) -> str:
    """The first value that is there and means nothing, in a sentence that does not repeat it; empty if there is none."""
    for name in ("database_url", "traffic_database_url", "migrations_database_url", "traffic_migrations_database_url"):
        if not _is_database_url(getattr(settings, name).get_secret_value()):
            return (
                f"{PREFIX}{name.upper()} is no address of a MySQL, MariaDB or SQLite database: "
                "write mysql+pymysql://USER:PASSWORD@HOST/DATABASE, with % and @ of the password as %25 and %40."
            )
    redis_url = settings.redis_url.get_secret_value()
    if redis_url and not redis_url.startswith(("redis://", "rediss://", "unix://")):
        return "FIVEGATE_REDIS_URL has to begin with redis://, rediss:// (encrypted) or unix:// (a socket on this machine)."
    if not settings.public_url.startswith(("http://", "https://")):
        return "FIVEGATE_PUBLIC_URL has to begin with https:// (or http:// while trying out)."
    if settings.portal_url and not settings.portal_url.startswith(("http://", "https://")):
        return "FIVEGATE_PORTAL_URL has to begin with https:// (or http:// while trying out)."
    try:
        _networks(settings.metrics_networks)
    except ValueError:
        return "FIVEGATE_METRICS_NETWORKS has to be a list of networks with commas between them, for instance 127.0.0.0/8,10.20.0.0/16."
    return ""


def _networks(text: str) -> list[IPv4Network | IPv6Network]:
    """:raises ValueError: for what is no network"""
    return [] if text.strip() == NOBODY else [ip_network(part.strip()) for part in text.split(",") if part.strip()]


def _is_database_url(url: str) -> bool:
    if not url:
        return True
    try:
        return make_url(url).drivername in DATABASE_DRIVERS
    except (ArgumentError, ValueError):
        return False


def production_problem(settings: Settings) -> str:
    """The first reason why these settings may not run in production, with what mends it; empty if there is none."""
    secret, ring = settings.secret_key.get_secret_value(), settings.key_ring.get_secret_value()
    urls = {
        "FIVEGATE_DATABASE_URL": settings.database_url.get_secret_value(),
        "FIVEGATE_TRAFFIC_DATABASE_URL": settings.traffic_database_url.get_secret_value(),
    }
    if settings.debug:
        return "The debugger must not run in production: unset FIVEGATE_DEBUG."
    if secret.startswith(DEVELOPMENT_PREFIX) or len(secret) < MIN_SECRET_LENGTH:
        return (
            "FIVEGATE_SECRET_KEY is a development key or too short: set it to 48 random characters, "
            "for instance the output of `python3 -c 'import secrets; print(secrets.token_urlsafe(48))'`."
        )
    if not ring or any(part.strip().startswith(DEVELOPMENT_PREFIX) for part in ring.split(",")):
        return "FIVEGATE_KEY_RING is missing or holds a development key: set it to the output of `python3 -m app.cli.keys`."
    for name, url in urls.items():
        if not url:
            return f"{name} is not set: name the database, for instance mysql+pymysql://USER:PASSWORD@HOST/fivegate."
        if url.startswith("sqlite") and not settings.allow_sqlite_in_production:
            return (
                f"{name} is a SQLite file: use MySQL or MariaDB, "
                "or set FIVEGATE_ALLOW_SQLITE_IN_PRODUCTION=true if one machine and few people are all there will ever be."
            )
    if not settings.redis_url.get_secret_value():
        return "FIVEGATE_REDIS_URL is not set: name the Redis or Valkey server, for instance rediss://:PASSWORD@HOST:6379/0."
    return ""


def load_settings() -> Settings:
    """Read the environment; outside production fill what is missing with values kept in the data directory.

    :raises SettingsError: with one sentence for the person who starts the process
    """
    try:
        settings = Settings()
    except ValueError as exc:
        raise SettingsError(_first_sentence(exc)) from exc
    if settings.environment is not Environment.EMBEDDED:
        return settings
    return _with_embedded_defaults(settings)


def _first_sentence(exc: ValueError) -> str:
    errors = getattr(exc, "errors", None)
    if errors is None:
        return str(exc)
    first = errors(include_input=False)[0]
    message = str(first["msg"]).removeprefix("Value error, ")
    where = "".join(f"{PREFIX}{str(part).upper()}: " for part in first["loc"])
    return f"{where}{message}"


def _with_embedded_defaults(settings: Settings) -> Settings:
    directory = settings.data_dir
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = _embedded_keys(directory / "keys.json")
    except OSError as exc:
        raise SettingsError(
            f"{directory} cannot be used as the data directory ({exc.strerror}): name another one in FIVEGATE_DATA_DIR."
        ) from exc
    except (ValueError, KeyError, TypeError) as exc:
        raise SettingsError(
            f"{directory / 'keys.json'} does not hold this installation's keys any more: bring it back from a backup, "
            "or begin anew with another FIVEGATE_DATA_DIR."
        ) from exc
    defaults = {
        "secret_key": keys["secret_key"],
        "key_ring": keys["key_ring"],
        "database_url": f"sqlite:///{directory / 'app.sqlite'}",
        "traffic_database_url": f"sqlite:///{directory / 'traffic.sqlite'}",
        "redis_url": f"unix://{directory / 'valkey.sock'}?socket_timeout=5&socket_connect_timeout=1",
    }
    missing = {name: SecretStr(value) for name, value in defaults.items() if not getattr(settings, name).get_secret_value()}
    return settings.model_copy(update=missing)


def _embedded_keys(path: Path) -> dict[str, str]:
    """The keys of this installation, made on the first call; 0600, so that nobody else on the machine reads them."""
    if not path.exists():
        made = {
            "secret_key": DEVELOPMENT_PREFIX + secrets.token_urlsafe(48),
            "key_ring": f"{DEVELOPMENT_PREFIX}{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}",
        }
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(made, file)
        try:
            os.link(draft, path)  # fails if another process was first: then its keys count
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    keys: dict[str, str] = json.loads(path.read_text())
    return {name: keys[name] for name in ("secret_key", "key_ring")}
