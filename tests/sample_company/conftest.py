"""One small company for the tests that only read, and what exports tell of it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.sample_company import Company

START, END = date(2025, 1, 1), date(2026, 1, 1)
ENDS_AT = datetime(2026, 1, 1, 6, tzinfo=UTC)
AS_OF = datetime(2026, 2, 1, tzinfo=UTC)


class Told(dict[str, list[Any]]):
    """The records of a company by data type, made when they are first asked for."""

    def __init__(self, company: Company) -> None:
        super().__init__()
        self.company = company

    def __missing__(self, data_type: str) -> list[Any]:
        records = self[data_type] = list(getattr(self.company, data_type)())
        return records


@pytest.fixture(scope="session")
def told() -> Told:
    """A year of a small company."""
    return Told(Company(7, "America/Chicago", START, END, 0.1))


@pytest.fixture(scope="session")
def told_later(told: Told) -> Told:
    """The same year as an export of a month later tells it."""
    return Told(told.company.restated(AS_OF, share=0.2))
