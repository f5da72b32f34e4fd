"""Rule 12: who may import whom. The contracts stand in pyproject.toml; here they are run, and shown to bite."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import ROOT


def lint_imports(directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]
    return subprocess.run(
        command, cwd=directory, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(directory), "PATH": "", "NO_COLOR": "1"}
    )


def test_the_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "line", "words"),
    [
        ("app/portal/home.py", "import app.admin.overview", "app.portal is not allowed to import app.admin"),
        ("app/models/tasks.py", "import app.services.errors", "app.models is not allowed to import app.services"),
        ("app/services/paging.py", "import app.web.current", "app.services is not allowed to import app.web"),
        ("app/services/paging.py", "import flask", "app.services is not allowed to import flask"),
        ("app/security/crypto.py", "import app.models", "app.security.crypto is not allowed to import app.models"),
        ("app/connectors/base.py", "import sqlalchemy", "app.connectors is not allowed to import sqlalchemy"),
        ("app/readiness/gates.py", "import app.extensions", "app.readiness is not allowed to import app.extensions"),
        ("app/brand_new.py", "", "brand_new"),
    ],
)
def test_an_import_against_the_contracts_is_reported(copy: Path, file: str, line: str, words: str) -> None:
    path = copy / file
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    done = lint_imports(copy)
    assert done.returncode == 1
    assert words in " ".join(done.stdout.split()), done.stdout
