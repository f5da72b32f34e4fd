"""What a provider must offer. Nothing here or below knows the database or Flask.

* ConnectorError
  - RefusedError: the credentials, the request or the set-up is wrong; a person must act
  - RetryableError: a timeout, a 429, a 5xx; try again later
  - SchemaError: the provider answered something that we do not understand

The text of each error is a sentence for staff: what happened and what to do, never a secret, never a provider's raw answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class ConnectorError(Exception):
    """A provider cannot be used as asked. ``str(error)`` is for staff."""


class RefusedError(ConnectorError):
    """Trying again changes nothing: a person must act."""


class RetryableError(ConnectorError):
    """Likely to work later."""


class SchemaError(ConnectorError):
    """The provider answered something that we do not understand."""


@dataclass(frozen=True)
class Opening:
    """What a connector is opened with: plain values, so that no connector needs a row."""

    provider: str
    mode: str
    """``manual``, ``api`` or ``webhook``."""
    source_label: str
    upload_area: Path
    """Where supplied exports of this connector are put."""


@dataclass(frozen=True)
class CheckStep:
    """One named part of a check, and what came of it."""

    key: str
    """Outlives releases: never rename one."""
    sentence: str
    is_warning: bool = False
    """It works, and somebody should see to it."""


class Connector(Protocol):
    """One connection to one provider."""

    @property
    def steps(self) -> tuple[str, ...]:
        """What :meth:`check` is going to look at, in order, in words."""

    def check(self) -> Iterator[CheckStep]:
        """Yield each step as it passes.

        :raises ConnectorError: at the first that does not
        """
