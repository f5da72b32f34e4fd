"""A private MariaDB: own data directory, own socket, nobody else's server."""

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import sqlalchemy as sa

INSTALLERS = ("mariadb-install-db", "mysql_install_db")
SERVERS = ("mariadbd", "mysqld")
SEARCHED = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"))


WAITS_FOR_NO_DISK = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
    "--innodb-log-file-size=48M",
)
"""Nothing of a test outlives its run."""


class NoServerError(Exception):
    """MariaDB cannot be started; the text says what to install."""


def find(names: tuple[str, ...]) -> str:
    for name in names:
        path = shutil.which(name, path=SEARCHED)
        if path:
            return path
    raise NoServerError(
        "MariaDB's server was not found: install mariadb-server-core (Debian), mariadb-server or mariadb with your package manager."
    )


@dataclass
class MariaDb:
    """A running server. ``root_url`` has every right; accounts are made per schema by the fixtures."""

    directory: Path
    process: subprocess.Popen[bytes]

    @property
    def socket(self) -> Path:
        return self.directory / "s"

    def url(self, user: str, password: str, database: str = "") -> str:
        credentials = f"{user}:{password}@" if password else f"{user}@"
        return f"mysql+pymysql://{credentials}localhost/{database}?unix_socket={self.socket}&ssl_disabled=true"

    @property
    def root_url(self) -> str:
        return self.url("root", "")

    root = "root"
    account_host = "localhost"

    @classmethod
    def start(cls, *options: str, durable: bool = False) -> Self:
        """Start a server in a new temporary directory (its path is short: socket names are limited to 107 bytes).

        :param durable: with the server's own defaults for what survives a crash, for measurements
        """
        installer, server = find(INSTALLERS), find(SERVERS)
        directory = Path(tempfile.mkdtemp(prefix="fg-db-", dir="/tmp"))
        user = ["--user=root"] if os.geteuid() == 0 else []
        # A temporary directory of its own: servers that start at once in a shared one take each other's tables away.
        (directory / "tmp").mkdir()
        environment = {**os.environ, "TMPDIR": str(directory / "tmp")}
        subprocess.run(
            [
                installer,
                *user,
                "--no-defaults",
                f"--datadir={directory / 'data'}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            check=True,
            capture_output=True,
            env=environment,
        )
        with (directory / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    server,
                    "--no-defaults",
                    *user,
                    f"--datadir={directory / 'data'}",
                    f"--socket={directory / 's'}",
                    f"--pid-file={directory / 'pid'}",
                    "--skip-networking",
                    *(() if durable else WAITS_FOR_NO_DISK),
                    "--character-set-server=utf8mb4",
                    *options,
                ],
                stdout=log,
                stderr=log,
                env=environment,
            )
        server_process = cls(directory, process)
        server_process._wait()
        return server_process

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise NoServerError((self.directory / "log").read_text()[-2000:])
            # The log, not a connection attempt: PyMySQL leaves a socket behind when the server is not there yet.
            if b"ready for connections" in (self.directory / "log").read_bytes():
                return
            time.sleep(0.05)
        raise NoServerError("MariaDB did not answer within a minute.")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


@dataclass
class ExternalServer:
    """A server that is there already, named by TEST_DATABASE_URL with an account that may do everything on it."""

    root_url: str

    def url(self, user: str, password: str, database: str = "") -> str:
        own = sa.make_url(self.root_url)
        secret = own.password if user == own.username else password
        return own.set(username=user, password=secret, database=database).render_as_string(hide_password=False)

    @property
    def root(self) -> str:
        """Name of the account that may do everything."""
        return sa.make_url(self.root_url).username or "root"

    @property
    def account_host(self) -> str:
        """Where our accounts sign in from, as the server sees it."""
        return "localhost" if "unix_socket" in sa.make_url(self.root_url).query else "%"

    def stop(self) -> None:
        """It is not ours to stop."""


def execute(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%"))  # PyMySQL fills in parameters, also when there are none
    engine.dispose()
