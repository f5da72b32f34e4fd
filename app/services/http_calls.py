"""One call of somebody else's address: short, without redirects, and nothing of the answer but its status.

Whatever the other side does, it is over within seconds: a server that sends a byte now and then is not waited for.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from app.services.errors import InvalidField
from app.services.installation import settings

TIMEOUT_SECONDS = 5.0
LONGEST_STATUS_LINE = 1000
LONGEST_ADDRESS = 500
SCHEMES = {"http": 80, "https": 443}
HOW = "Enter a whole address, for instance https://alerts.example.com/fivegate."


class CallError(Exception):
    """Nothing came back. The text holds no address."""


def demand_address(address: str) -> None:
    """:raises InvalidField: for anything but a plain address of the web; in production it has to be encrypted"""
    if len(address) > LONGEST_ADDRESS:
        raise InvalidField("address", f"Use at most {LONGEST_ADDRESS} characters.")
    parts = _parts(address)
    if parts is None:
        raise InvalidField("address", HOW)
    if parts.username is not None or parts.password is not None:
        raise InvalidField("address", "Leave name and password out of the address: it is shown on pages.")
    if parts.fragment:
        raise InvalidField("address", "Leave out what stands after the #: it is never sent.")
    if settings().is_production and parts.scheme != "https":
        raise InvalidField("address", "Use an address that begins with https://, so that nobody reads it on the way.")


def _parts(address: str) -> SplitResult | None:
    if not address.isascii() or not address.isprintable() or any(c in address for c in ' "<>\\^`{|}'):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in SCHEMES and parts.hostname and port != 0 else None


def call(method: str, address: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> int:
    """No transaction may be open.

    :return: the status
    :raises CallError: if none came in time
    """
    parts = _parts(address)
    if parts is None or parts.hostname is None:
        raise CallError("the address cannot be called")
    until = time.monotonic() + TIMEOUT_SECONDS
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    connection = _connection(parts, parts.hostname)
    try:
        connection.request(method, target, body=body, headers={"user-agent": "Fivegate", "connection": "close", **(headers or {})})
        return _status(connection.sock, until)
    except TimeoutError as exc:
        raise CallError(f"no answer within {TIMEOUT_SECONDS:g} s") from exc
    except ssl.SSLError as exc:
        raise CallError("the connection could not be encrypted: its certificate does not fit") from exc
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise CallError(f"it could not be reached ({type(exc).__name__})") from exc
    finally:
        connection.close()


def _connection(parts: SplitResult, host: str) -> http.client.HTTPConnection:
    port = parts.port or SCHEMES[parts.scheme]
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)


def _status(sock: socket.socket, until: float) -> int:
    line = b""
    while b"\n" not in line and len(line) < LONGEST_STATUS_LINE:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        sock.settimeout(left)
        piece = sock.recv(LONGEST_STATUS_LINE)
        if not piece:
            break
        line += piece
    words = line.split(maxsplit=2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or len(words[1]) != 3 or not words[1].isdigit():
        raise CallError("what came back is no answer of a web server")
    return int(words[1])
