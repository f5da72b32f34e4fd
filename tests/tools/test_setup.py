"""What is missing is said in one sentence."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.processes import ROOT
from tools import testing
from tools.preflight import CannotStartError
from tools.setup import why_pip_failed
from tools.testing import Need, install, wish_for


def find_python(path: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "find-python.sh")], env={"PATH": path, **environment}, capture_output=True, text=True, check=False
    )


def pretend_python(directory: Path, name: str, *, is_new: bool, is_complete: bool) -> None:
    """A program that answers as a Python of that kind would."""
    program = directory / name
    program.write_text(
        f'#!/bin/sh\ncase "$2" in *version_info*) exit {int(not is_new)};; *ensurepip*) exit {int(not is_complete)};; esac\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_without_any_python_it_says_what_to_do(tmp_path: Path) -> None:
    done = find_python(str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("No Python 3.11 or newer was found: install one")
    assert done.stderr.count("\n") == 1


def test_an_old_python_is_passed_over_and_a_newer_one_taken(tmp_path: Path) -> None:
    pretend_python(tmp_path, "python3", is_new=False, is_complete=True)
    pretend_python(tmp_path, "python3.12", is_new=True, is_complete=True)
    assert find_python(str(tmp_path)).stdout == "python3.12\n"


def test_a_python_without_venv_is_named_with_its_package(tmp_path: Path) -> None:
    pretend_python(tmp_path, "python3", is_new=True, is_complete=False)
    done = find_python(str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(
        "python3 lacks its modules venv and ensurepip: install them (on Debian and Ubuntu the package python3-venv)"
    )


def test_where_several_would_do_the_distributions_own_is_taken(tmp_path: Path) -> None:
    """It is the quicker one. Where the distribution has none that would do, it is the one that is found first."""
    own = "/usr/bin/python3"
    asked = "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))"
    would_do = Path(own).exists() and subprocess.run([own, "-c", asked], capture_output=True, check=False).returncode == 0
    pretend_python(tmp_path, "python3", is_new=True, is_complete=True)
    assert find_python(str(tmp_path)).stdout == (f"{own}\n" if would_do else "python3\n")


def test_a_python_that_was_named_is_the_one_that_is_taken(tmp_path: Path) -> None:
    assert find_python("/nonexistent", PYTHON=sys.executable).stdout == f"{sys.executable}\n"
    done = find_python(os.environ["PATH"], PYTHON=str(tmp_path / "none"))
    assert done.returncode == 1
    assert "is not a Python 3.11 or newer" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("Failed to establish a new connection: [Errno 111] Connection refused", "The Python package registry was not reached"),
        ("[Errno -3] Temporary failure in name resolution", "The Python package registry was not reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "A library that was downloaded is not the one"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("something else", "The Python libraries could not be installed; the details are in var/log/setup.log."),
    ],
)
def test_what_pip_says_becomes_a_sentence(words: str, sentence: str) -> None:
    assert why_pip_failed(words).startswith(sentence)


def test_a_missing_program_is_never_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    need = Need("A program that nobody has", (("fivegate-none",),), "fivegate-none")
    assert not need.is_met
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CannotStartError, match=r"install fivegate-none .* and run make test again"):
        install([need])


def test_what_only_makes_tests_quicker_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a distribution that has no such package, nor old lists of packages, which are fetched anew once."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(testing, "apt", lambda *words: asked.append(words))
    wish_for([Need("A browser without a window", (("fivegate-none",),), "fivegate-none")])
    assert asked == [("install", "fivegate-none"), ("update",), ("install", "fivegate-none")]
