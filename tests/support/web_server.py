"""Somebody else's web server, on a port of this machine: it notes what it is sent and answers as a test wants."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass
class WebServer:
    port: int = 0
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """Statuses of the next answers; 200 once there are none left."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def web_server() -> Iterator[WebServer]:
    state = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.received.append(Received(self.command, self.path, headers, self.rfile.read(length)))
            status = state.answers.pop(0) if state.answers else 200
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{state.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = answer  # noqa: N815  # the library's names

        def log_message(self, *_args: Any) -> None:
            """Not into the test's output."""

    with _running(HTTPServer(("127.0.0.1", 0), Handler)) as server:
        state.port = server.server_address[1]
        yield state


@contextmanager
def silent_server(*, sends: bytes = b"", every: float = 0.05) -> Iterator[str]:
    """Takes what comes and never answers, or byte by byte.

    :return: its address
    """
    over = threading.Event()

    class Conversation(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            for byte in sends:
                if over.wait(every):
                    return
                try:
                    self.request.sendall(bytes([byte]))
                except OSError:
                    return
            over.wait(10)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with _running(Server(("127.0.0.1", 0), Conversation)) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}/slow"
        over.set()


@contextmanager
def _running(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
