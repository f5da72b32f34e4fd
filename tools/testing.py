"""What the tests need beyond Python's libraries: MariaDB's server and Chromium.

On Debian (and what derives from it) root gets them installed; everybody else is told what to install. Never passed over:
a test that needs one of them fails without it.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from tools.preflight import ROOT, CannotStartError, open_log, shown

LOG = ROOT / "var" / "log" / "setup.log"
SEARCHED = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"))

QUICK_CHROMIUM = "chromium-headless-shell"


@dataclass(frozen=True)
class Need:
    """A program that tests start."""

    title: str
    programs: tuple[tuple[str, ...], ...]
    """Of each of these groups, one."""
    package: str
    """Debian's."""

    @property
    def is_met(self) -> bool:
        return all(any(shutil.which(name, path=SEARCHED) for name in names) for names in self.programs)


CHROMIUM = Need("Chromium", ((QUICK_CHROMIUM, "chromium", "chromium-browser", "google-chrome"),), "chromium")
NEEDS = (
    Need("MariaDB's server", (("mariadbd", "mysqld"), ("mariadb-install-db", "mysql_install_db")), "mariadb-server-core"),
    CHROMIUM,
)
WISHES = (Need("Chromium's headless shell", ((QUICK_CHROMIUM,),), QUICK_CHROMIUM),)
"""What the tests do without, but take longer: the whole browser spends a third more on each page. Not every distribution has it."""


def main() -> int:
    """Install what is missing, or say what to install.

    :return: exit status
    """
    try:
        if can_install():
            wish_for([wish for wish in WISHES if not wish.is_met])
        missing = [need for need in NEEDS if not need.is_met]
        if missing:
            install(missing)
    except CannotStartError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def wish_for(wishes: list[Need]) -> None:
    """Install what makes the tests quicker; whatever comes of it, they run."""
    for wish in wishes:
        print(f"Installing {wish.title} …", flush=True)
        if not apt("install", wish.package):
            apt("update")  # the list of packages may be old, or not there yet
            apt("install", wish.package)


def install(missing: list[Need]) -> None:
    packages = [need.package for need in missing]
    titles = " and ".join(need.title for need in missing)
    if not can_install():
        raise CannotStartError(
            f"The tests need {titles}: install {' and '.join(packages)} (so they are called on Debian and Ubuntu) and run make test again."
        )
    print(f"Installing {titles} …", flush=True)
    if not apt("install", *packages):
        apt("update")  # the list of packages may be old, or not there yet
        apt("install", *packages)
    still = [need.package for need in missing if not need.is_met]
    if still:
        raise CannotStartError(f"apt-get could not install {' and '.join(still)}: check the network; the details are in {shown(LOG)}.")


def apt(command: str, *packages: str) -> bool:
    options = ["--yes", "--quiet", "--no-install-recommends"] if packages else ["--quiet"]
    with open_log(LOG) as log:
        done = subprocess.run(
            ["apt-get", command, *options, *packages],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
