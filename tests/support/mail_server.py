"""A mail server for tests: speaks enough SMTP to take a mail, or to refuse in a chosen way."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class MailServer:
    """What came in, and how to answer."""

    port: int = 0
    received: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """First word of a command → the answer instead of the usual one."""


@contextmanager
def mail_server(**answers: str) -> Iterator[MailServer]:
    state = MailServer(answers=answers)

    class Conversation(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 ready")
            while line := self.rfile.readline().decode(errors="replace").strip():
                word = line.split()[0].upper()
                if word in state.answers:
                    self.say(state.answers[word])
                elif word == "EHLO":
                    self.say("250-here\r\n250 8BITMIME")
                elif word == "DATA":
                    self.take_mail()
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def take_mail(self) -> None:
            self.say("354 go on")
            lines: list[str] = []
            while (line := self.rfile.readline().decode()).rstrip("\r\n") != ".":
                lines.append(line)
            state.received.append("".join(lines))
            self.say("250 taken")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Conversation) as server:
        address: Any = server.server_address
        state.port = address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield state
        server.shutdown()
        thread.join()
