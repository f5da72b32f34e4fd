"""Rule 9: registries are whole, their keys are unique, and the documentation knows each of them."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.cli import docs
from app.config import ROOT
from app.connectors.registry import OPENERS, PROVIDERS
from app.jobs.registry import HANDLERS
from app.jobs.schedule import PERIODIC
from app.metrics.registry import METRICS
from app.readiness.registry import REGISTRY
from app.services import doctor
from tests.architecture.findings import assert_none


@dataclass(frozen=True)
class Registry:
    """A list of things, the folder that they live in, and the page that names them."""

    name: str
    keys: tuple[str, ...]
    things: tuple[Any, ...] = ()
    """Functions or classes: each tells the module that it comes from."""
    folder: Path | None = None
    others: frozenset[str] = field(default=frozenset())
    """Modules of the folder that are no entries: what a thing is, the list itself, what runs them."""
    page: Path = docs.REFERENCE_PAGE


REGISTRIES = (
    Registry("providers", tuple(PROVIDERS), tuple(OPENERS.values()), ROOT / "app/connectors", frozenset({"base", "registry"})),
    Registry(
        "readiness checks", tuple(check.key for check in REGISTRY), tuple(check.ask for check in REGISTRY), ROOT / "app/readiness/checks"
    ),
    Registry(
        "kinds of jobs",
        tuple(kind.value for kind in HANDLERS),
        tuple(HANDLERS.values()),
        ROOT / "app/jobs",
        frozenset(
            {"by_hand", "entry", "handle", "registry", "rolling", "running", "schedule", "scheduler", "stages", "troubles", "worker"}
        ),
    ),
    Registry("metrics", tuple(metric.key for metric in METRICS)),
    Registry("periodic work", tuple(periodic.kind.value for periodic in PERIODIC)),
    Registry(
        "doctor's checks",
        tuple(check.key for check in doctor.CHECKS),
        tuple(check.look for check in doctor.CHECKS),
        ROOT / "app/services/doctor",
        frozenset({"finding", "registry"}),
    ),
)


def faults(registry: Registry) -> Iterator[str]:
    """What is missing or doubled in a registry."""
    page = registry.page.read_text() if registry.page.exists() else ""
    for key in sorted(set(registry.keys)):
        if registry.keys.count(key) > 1:
            yield f"{registry.name}: {key} stands there twice"
        if f"`{key}`" not in page:
            yield f"{registry.name}: {key} is not in {registry.page.name}"
    if registry.folder is not None:
        listed = {_module_below(registry.folder, thing) for thing in registry.things}
        yield from (
            f"{registry.name}: no entry comes from {module}" for module in sorted(modules(registry.folder) - registry.others - listed)
        )


def modules(folder: Path) -> set[str]:
    """Modules and packages right in a folder."""
    return {path.stem for path in folder.glob("*.py") if path.stem != "__init__"} | {
        path.parent.name for path in folder.glob("*/__init__.py")
    }


def _module_below(folder: Path, thing: Any) -> str:
    prefix = ".".join(folder.relative_to(ROOT).parts) + "."
    return str(thing.__module__).removeprefix(prefix).partition(".")[0]


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.name)
def test_a_registry_is_whole_and_documented(registry: Registry) -> None:
    assert len(registry.keys) > 0
    assert_none(faults(registry), "run `flask docs reference` if a key is not in reference.md")


def test_gaps_and_doubles_are_reported(tmp_path: Path) -> None:
    page = tmp_path / "keys.md"
    page.write_text("| `known` | in words |")
    registry = Registry("bad", ("known", "known", "unheard-of"), (doctor.CHECKS[0].look,), ROOT / "app/services/doctor", page=page)
    found = list(faults(registry))
    assert "bad: known stands there twice" in found
    assert "bad: unheard-of is not in keys.md" in found
    assert "bad: no entry comes from queue" in found
    assert "bad: no entry comes from web" not in found


def test_keys_agree_with_what_they_name() -> None:
    assert [key for key, provider in PROVIDERS.items() if provider.key != key] == []
    assert set(OPENERS) <= {mode for provider in PROVIDERS.values() for mode in provider.modes}


def unloaded(package: str) -> list[str]:
    """Modules of a package that building the application did not import: their views or tables are forgotten."""
    folder = ROOT.joinpath(*package.split("."))
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in folder.rglob("*.py")}
    return sorted(name for name in names if name.removesuffix(".__init__") not in sys.modules)


@pytest.mark.parametrize("package", ["app.admin", "app.portal", "app.auth", "app.models", "app.web"])
def test_no_module_of_views_or_tables_is_forgotten(app: Flask, package: str) -> None:
    assert_none(unloaded(package))


def test_a_module_that_nobody_imports_is_reported() -> None:
    """Migrations are run by path, so none of them is ever imported as a module."""
    assert "migrations.env" in unloaded("migrations")


def test_every_command_module_has_a_command(app: Flask) -> None:
    from_where = {command.callback.__module__ for command in app.cli.commands.values() if command.callback is not None}
    groups = (command for command in app.cli.commands.values() if hasattr(command, "commands"))
    from_where |= {sub.callback.__module__ for group in groups for sub in group.commands.values() if sub.callback is not None}
    assert {f"app.cli.{name}" for name in modules(ROOT / "app/cli")} - from_where == set()
