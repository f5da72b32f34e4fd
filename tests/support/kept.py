"""What takes seconds to make from empty tables, made once in a run: rows and stored files, put back wherever they are needed again."""

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask

from app import nudge
from app.extensions import db
from app.services.installation import use_settings
from tests.support.alone import one_process_at_a_time
from tests.support.databases import Cleaner

T = TypeVar("T")
Rows = Mapping[str, Sequence[tuple[Any, ...]]]
"""Table → its rows, as the driver gives them."""


@dataclass(frozen=True)
class _Kept:
    result: Any
    homes: Sequence[Rows]
    files: Mapping[str, bytes]
    """Path below the directory of stored files → content, sealed as it is there."""


@dataclass(frozen=True)
class Keeper:
    """Of one test process. The directory is shared by all processes of a run, and each has databases of its own."""

    app: Flask
    cleaner: Cleaner
    directory: Path

    def bring(self, key: str, make: Callable[[], T]) -> T:
        """What ``make`` brings about in empty tables, inside an application context, by whichever process needs it first.

        :param key: names what is made
        :param make: returns plain values that say what it made
        """
        path = self.directory / f"{key}.kept"
        with one_process_at_a_time(self.directory / f"{key}.lock"):
            if not path.exists():
                result = self._make(make, path)
                db.session.remove()
                return result
        kept: _Kept = pickle.loads(path.read_bytes())
        self._put_back(kept)
        found: T = kept.result
        return found

    @contextmanager
    def for_a_module(self) -> Iterator[None]:
        """Empty tables for a fixture of module scope, in place of the application that each test has to itself; emptied at its end."""
        use_settings(self.app.extensions["fivegate.settings"])
        with self.app.app_context():
            yield
            db.session.remove()
        self.cleaner.empty()
        self.app.extensions[nudge.EXTENSION].flushdb()

    def _make(self, make: Callable[[], T], path: Path) -> T:
        assert not any(self._rows()), "something else is in the tables already, which would be kept with it"
        before = set(self._files())
        result = make()
        db.session.rollback()
        files = {str(each.relative_to(self._store)): each.read_bytes() for each in self._files() if each not in before}
        path.write_bytes(pickle.dumps(_Kept(result, list(self._rows()), files)))
        return result

    def _put_back(self, kept: _Kept) -> None:
        for (engine, _metadata), rows in zip(self.cleaner.homes, kept.homes, strict=True):
            with engine.connect() as connection:
                connection.exec_driver_sql("SET foreign_key_checks = 0")
                for name, values in rows.items():
                    places = ", ".join(["%s"] * len(values[0]))
                    connection.exec_driver_sql(f"INSERT INTO `{name}` VALUES ({places})", list(values))
                connection.exec_driver_sql("SET foreign_key_checks = 1")
        for name, content in kept.files.items():
            path = self._store / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(content)

    def _rows(self) -> Iterator[Rows]:
        """Of each home the tables that hold any."""
        for engine, metadata in self.cleaner.homes:
            with engine.connect() as connection:
                found = {
                    table.name: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM `{table.name}`")]
                    for table in metadata.sorted_tables
                }
            yield {name: rows for name, rows in found.items() if rows}

    @property
    def _store(self) -> Path:
        store: Path = self.app.extensions["fivegate.settings"].blobs
        return store

    def _files(self) -> Iterator[Path]:
        return (path for path in self._store.rglob("*") if path.is_file())
