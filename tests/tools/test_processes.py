"""The supervisor ends what it started, however it ends itself."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tools.processes import ROOT, Marked
from tools.processes import children

# A worker that does not listen, with a job process that has a session of its own: the worst that a worker can be.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
print("at work", flush=True)
time.sleep(300)
"""
PROGRAM = """
import os, sys
from pathlib import Path
from tools.processes import guarded
from tools.supervisor import Supervisor

def work():
    supervisor = Supervisor(Path(sys.argv[1]), dict(os.environ))
    child = supervisor.add("stubborn", [sys.executable, "-c", sys.argv[2]], grace=0.5)
    while "at work" not in child.log.read_text():
        supervisor.pause(0.05)
    print(f"worker {os.getpid()} child {child.process.pid} ready", flush=True)
    supervisor.watch()
    supervisor.stop()
    return 0

sys.exit(guarded(work, ends_with_parent="--end-with-parent" in sys.argv))
"""

# Work with an end that succeeds, work with an end that fails once, and a process that is to run all the time and does not.
WITH_AN_END = """
import os, sys
from pathlib import Path
from tools.processes import guarded
from tools.supervisor import Supervisor

def work():
    logs = Path(sys.argv[1])
    supervisor = Supervisor(logs, dict(os.environ))
    supervisor.add("good", ["sh", "-c", "echo ran"], is_over_once_done=True)
    fails_once = f"echo ran; test -e {logs}/failed || {{ touch {logs}/failed; exit 3; }}"
    supervisor.add("flaky", ["sh", "-c", fails_once], is_over_once_done=True)
    supervisor.add("steady", ["sh", "-c", "echo ran"])
    print("ready", flush=True)
    supervisor.watch()
    supervisor.stop()
    return 0

sys.exit(guarded(work, ends_with_parent=False))
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Marked]]:
    started: list[Marked] = []

    def run(*command: str) -> Marked:
        program = Marked(list(command), log=tmp_path / "said", PYTHONPATH=str(ROOT))
        started.append(program)
        program.wait_until_it_says("ready")
        return program

    yield run
    for program in started:
        program.end()


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    return [sys.executable, "-c", PROGRAM, str(tmp_path / "log"), STUBBORN]


def number_after(word: str, text: str) -> int:
    return int(text.partition(word)[2].split()[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_each_way_to_end_it_leaves_no_process(start: Callable[..., Marked], command: list[str], number: int) -> None:
    program = start(*command)
    assert len(program.left()) == 4
    program.process.send_signal(number)
    program.assert_nothing_is_left()


def test_killing_the_supervisor_inside_leaves_no_process(start: Callable[..., Marked], command: list[str]) -> None:
    program = start(*command)
    os.kill(number_after("worker", program.said), signal.SIGKILL)
    program.assert_nothing_is_left()


def test_a_crashed_child_is_started_again_and_its_orphan_ended(start: Callable[..., Marked], command: list[str]) -> None:
    program = start(*command)
    before = set(program.left())
    os.kill(number_after("child", program.said), signal.SIGKILL)
    program.wait_until_it_says("is started again in 0.5 s")
    deadline = time.monotonic() + 10
    while len(after := set(program.left())) != 4 or len(after & before) != 2:
        assert time.monotonic() < deadline, program.left()
        time.sleep(0.05)


def test_work_that_is_done_is_not_started_again_and_work_that_failed_is(start: Callable[..., Marked], tmp_path: Path) -> None:
    logs = tmp_path / "log"
    program = start(sys.executable, "-c", WITH_AN_END, str(logs))
    # By then everything was looked at many times, long after what failed was due again.
    program.wait_until_it_says("steady ended by itself with status 0 and is started again in 4 s")
    ran = {name: (logs / f"{name}.log").read_text().count("ran") for name in ("good", "flaky", "steady")}
    assert ran == {"good": 1, "flaky": 2, "steady": 4}
    assert "flaky ended by itself with status 3 and is started again in 0.5 s" in program.said
    assert program.said.count("flaky") == 2  # its name, and the name of its log
    assert "good" not in program.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ending_make_alone_ends_what_it_started(start: Callable[..., Marked], command: list[str], tmp_path: Path, number: int) -> None:
    assert shutil.which("make"), "These are tests of make run: install make."
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    (tmp_path / "Makefile").write_text(
        f'run:\n\t@exec {command[0]} {tmp_path}/program.py {tmp_path}/log "$$(cat {tmp_path}/stubborn.py)" --end-with-parent\n'
    )
    program = start("make", "-C", str(tmp_path), "run")
    program.process.send_signal(number)
    program.assert_nothing_is_left()


def test_children_are_told_from_other_processes() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    try:
        assert child.pid in children()
        assert os.getppid() not in children()
    finally:
        child.kill()
        child.wait()
