"""House rules that only the source can tell: who opens a session, who commits, who talks to the queue."""

import ast
from collections.abc import Iterator

import pytest

from app.config import ROOT
from tests.architecture.findings import assert_none

ENTRY_POINTS = ("app/admin/", "app/portal/", "app/auth/")
MAY_COMMIT = {
    "app/unit_of_work.py": "the one place for everybody else",
    "app/jobs/handle.py": "a driver's own connection, just made and not yet anybody's, notes its number in the job's row",
    "app/services/job_processes.py": "a savepoint round one insert that another process may win",
}
"""Files that end a transaction themselves, each with the reason."""
MAY_ENQUEUE = {"app/nudge.py": "the queue only nudges, and only from here"}


@pytest.fixture(scope="module")
def code() -> dict[str, ast.Module]:
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in sorted((ROOT / "app").rglob("*.py"))}


def _attributes(tree: ast.Module) -> Iterator[ast.Attribute]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def sessions_in_views(code: dict[str, ast.Module]) -> Iterator[str]:
    """``db.session``, or a query, in an entry point of the web: it belongs into a use case."""
    for path, tree in code.items():
        if not path.startswith(ENTRY_POINTS):
            continue
        for node in _attributes(tree):
            if node.attr in {"session", "engine", "engines"} and isinstance(node.value, ast.Name) and node.value.id == "db":
                yield f"{path}:{node.lineno}: db.{node.attr}"
            if node.attr in {"select", "update", "delete", "insert", "text"} and isinstance(node.value, ast.Name) and node.value.id == "sa":
                yield f"{path}:{node.lineno}: sa.{node.attr}"


def test_views_ask_use_cases_and_never_the_database(code: dict[str, ast.Module]) -> None:
    assert_none(sessions_in_views(code))


def commits(code: dict[str, ast.Module], allowed: dict[str, str]) -> Iterator[str]:
    """Calls of ``.commit()`` outside the unit of work. (Ending a reading transaction by a rollback is free to all.)"""
    for path, tree in code.items():
        for node in ast.walk(tree):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
            if is_call and path not in allowed:
                yield f"{path}:{node.lineno}"


def test_only_the_unit_of_work_ends_a_transaction(code: dict[str, ast.Module]) -> None:
    assert_none(commits(code, MAY_COMMIT))
    assert_none(stale(MAY_COMMIT, {line.partition(":")[0] for line in commits(code, {})}))


def enqueues(code: dict[str, ast.Module], allowed: dict[str, str]) -> Iterator[str]:
    """Talking to the queue: a job is a row, and whoever makes one asks for a nudge after the commit."""
    for path, tree in code.items():
        for node in _attributes(tree):
            if node.attr.startswith("enqueue") and path not in allowed:
                yield f"{path}:{node.lineno}: {node.attr}"


def test_only_the_nudge_talks_to_the_queue(code: dict[str, ast.Module]) -> None:
    assert_none(enqueues(code, MAY_ENQUEUE))
    assert_none(stale(MAY_ENQUEUE, {line.partition(":")[0] for line in enqueues(code, {})}))


def old_queries(code: dict[str, ast.Module]) -> Iterator[str]:
    """``Model.query`` and ``session.query``: 2.0 style only."""
    for path, tree in code.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "query" and _names_a_model_or_session(node.value):
                yield f"{path}:{node.lineno}"


def _names_a_model_or_session(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name == "session" or name[:1].isupper()


def test_queries_are_written_with_select(code: dict[str, ast.Module]) -> None:
    assert_none(old_queries(code))


def left_open(code: dict[str, ast.Module]) -> Iterator[str]:
    """What says that something is not built."""
    for path, tree in code.items():
        handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
        caught = {id(name) for handler in handlers for name in ast.walk(handler.type or ast.Pass())}
        for node in ast.walk(tree):  # libraries raise it too, and what they raise may be caught
            if isinstance(node, ast.Name) and node.id == "NotImplementedError" and id(node) not in caught:
                yield f"{path}:{node.lineno}"


def test_nothing_is_left_open(code: dict[str, ast.Module]) -> None:
    assert_none(left_open(code))


def stale(allowed: dict[str, str], needed: set[str]) -> list[str]:
    """Exceptions that nothing needs any more."""
    return [f"{path} needs no exception any more" for path in sorted(set(allowed) - needed)]


BAD = """
def view():
    rows = db.session.scalars(sa.select(Client))
    Client.query.all()
    db.session.query(Client)
    db.session.commit()
    queue.enqueue("app.jobs.x")
    raise NotImplementedError
"""


def test_what_belongs_elsewhere_is_reported() -> None:
    code = {"app/admin/bad.py": ast.parse(BAD), "app/services/good.py": ast.parse("def f(): return db.session.scalars(sa.select(X))")}
    lines = {"app/admin/bad.py:3", "app/admin/bad.py:5", "app/admin/bad.py:6"}
    assert {line.rpartition(": ")[0] for line in sessions_in_views(code)} == lines
    assert list(commits(code, {})) == ["app/admin/bad.py:6"]
    assert list(commits(code, {"app/admin/bad.py": "for this test"})) == []
    assert list(enqueues(code, {})) == ["app/admin/bad.py:7: enqueue"]
    assert sorted(old_queries(code)) == ["app/admin/bad.py:4", "app/admin/bad.py:5"]
    assert list(left_open(code)) == ["app/admin/bad.py:8"]
    assert stale({"app/x.py": "once needed"}, set()) == ["app/x.py needs no exception any more"]
