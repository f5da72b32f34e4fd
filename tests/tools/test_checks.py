"""The checks, and a command that is carried out beside the long ones."""

import sys
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path

import pytest

from tools.check import Check, Outcome, main, told

FINE, WRONG = (sys.executable, "-c", ""), (sys.executable, "-c", "print('a finding'); raise SystemExit(2)")


def touching(path: Path, *, status: int = 0) -> tuple[str, ...]:
    return sys.executable, "-c", f"open({str(path)!r}, 'w').close(); raise SystemExit({status})"


def waiting(path: Path, *, then: Path) -> tuple[str, ...]:
    """Waits until there is something at the one path, then leaves something at the other."""
    lines = f"""
import os, time
end = time.monotonic() + 60
while not os.path.exists({str(path)!r}) and time.monotonic() < end: time.sleep(0.01)
if os.path.exists({str(path)!r}): open({str(then)!r}, "w").close()
"""
    return sys.executable, "-c", lines


def check(command: tuple[str, ...], *, is_long: bool = False) -> Check:
    return Check("long" if is_long else "quick", (command,), is_long)


def test_each_check_is_told_and_one_that_fails_fails_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(checks=[check(FINE, is_long=True), check(FINE)]) == 0
    assert [line[:12] for line in capsys.readouterr().out.splitlines()] == ["ok     long ", "ok     quick"]
    assert main(checks=[check(WRONG), check(FINE, is_long=True)]) == 1
    said = capsys.readouterr().out
    assert "FAILED quick" in said
    assert "a finding" in said
    assert "ok     long" in said


def test_the_command_has_its_own_status_where_the_checks_find_nothing(tmp_path: Path) -> None:
    left = tmp_path / "left"
    assert main(touching(left, status=5), [check(FINE, is_long=True), check(FINE)]) == 5
    assert left.exists()


def test_a_command_is_not_begun_where_a_quick_check_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = tmp_path / "left"
    assert main(touching(left), [check(FINE, is_long=True), check(WRONG)]) == 1
    assert not left.exists()
    assert "ok     long" in capsys.readouterr().out


def test_what_a_long_check_finds_is_said_at_once_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It fails what is run, whatever the command says; and ten minutes of the command may be left."""
    said, seen = tmp_path / "said", tmp_path / "seen"

    def tell(outcomes: Iterable[Future[Outcome]]) -> bool:
        are_clean = told(outcomes)
        if not are_clean:
            said.touch()
        return are_clean

    monkeypatch.setattr("tools.check.told", tell)
    assert main(waiting(said, then=seen), [check(WRONG, is_long=True)]) == 1
    assert seen.exists()
    assert capsys.readouterr().out.count("a finding") == 2


def test_the_command_begins_before_a_long_check_has_ended(tmp_path: Path) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    assert main(touching(begun), [check(waiting(begun, then=ended), is_long=True)]) == 0
    assert ended.exists()
