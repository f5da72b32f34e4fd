"""What a check looks at, and what it says."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from redis import Redis

from app.clock import utc_now
from app.config import Settings


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    DANGER = "danger"


@dataclass(frozen=True)
class Finding:
    """One sentence about one thing."""

    level: Level
    title: str
    sentence: str
    remedy: str = ""
    """The line that mends it: a command, a statement or a setting. Empty if there is nothing to mend."""
    check: str = ""
    """Key of the check; set by the one who runs it."""


def ok(title: str, sentence: str) -> Finding:
    return Finding(Level.OK, title, sentence)


def warning(title: str, sentence: str, remedy: str) -> Finding:
    return Finding(Level.WARNING, title, sentence, remedy)


def danger(title: str, sentence: str, remedy: str) -> Finding:
    return Finding(Level.DANGER, title, sentence, remedy)


def worse_in_production(setup: "Setup", title: str, sentence: str, remedy: str) -> Finding:
    """What one may live with while trying out."""
    return (danger if setup.settings.is_production else warning)(title, sentence, remedy)


@dataclass(frozen=True)
class WebFlags:
    """How the web part was really configured, whatever the settings ask for."""

    debug: bool
    cookie_secure: bool
    cookie_http_only: bool
    cookie_same_site: str | None


@dataclass(frozen=True)
class Setup:
    """Everything that a check may look at."""

    settings: Settings
    web: WebFlags
    app_engine: sa.Engine
    traffic_engine: sa.Engine
    redis: Redis
    now: Callable[[], datetime] = utc_now

    @property
    def homes(self) -> Iterator[tuple[str, sa.Engine]]:
        yield "application database", self.app_engine
        yield "traffic database", self.traffic_engine


@dataclass(frozen=True)
class Check:
    """A thing to look at. Keys outlive releases: scripts read them in `flask doctor --json`."""

    key: str
    title: str
    look: Callable[[Setup], Iterable[Finding]]

    def run(self, setup: Setup) -> list[Finding]:
        return [replace(finding, check=self.key) for finding in self.look(setup)]


@dataclass(frozen=True)
class Report:
    findings: Sequence[Finding]

    def of(self, level: Level) -> list[Finding]:
        return [finding for finding in self.findings if finding.level is level]

    @property
    def is_safe(self) -> bool:
        return not self.of(Level.DANGER)
