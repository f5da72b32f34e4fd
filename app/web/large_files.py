"""Forms that bring a file: the only requests that may be large, and only from people who may send them.

A form's token stands in its body, and the body is read before any view runs. So who asks is looked at first: whoever may
not upload gets no more room than any other form has. What arrives goes into a nameless file that vanishes with the
request, also when the process is killed.
"""

import errno
import tempfile
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import IO, Any, TypeVar, cast

from flask import Flask, Request, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.config import Settings
from app.services.private_files import work_area
from app.unit_of_work import release
from app.web.access import declared_access
from app.web.current import current_person
from app.web.errors import error_page

V = TypeVar("V", bound=Callable[..., ResponseReturnValue])
_ATTRIBUTE = "__takes_file__"
AROUND_A_FILE = 64 * 1024
"""Room for the other fields and the borders between them."""
_ARRIVED = "fivegate.arrived"
_FULL = {errno.ENOSPC, errno.EDQUOT}


class NoRoom(HTTPException):
    """The disk is full."""

    code = HTTPStatus.INSUFFICIENT_STORAGE


def takes_file(view: V) -> V:
    """Below ``@requires``: its form may bring a file as large as the installation takes."""
    setattr(view, _ATTRIBUTE, None)
    return view


def takes_small_file(max_bytes: int) -> Callable[[V], V]:
    """The same for a file of at most so many bytes."""

    def mark(view: V) -> V:
        setattr(view, _ATTRIBUTE, max_bytes)
        return view

    return mark


class PrivateFiles(Request):
    """Keeps arriving files in the data directory instead of the system's."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002  # Werkzeug's signature
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        file = _Arriving(tempfile.TemporaryFile(dir=work_area()))  # noqa: SIM115  # closed with the request
        self.__dict__.setdefault(_ARRIVED, []).append(file)
        return cast(IO[bytes], file)

    def close(self) -> None:
        """Also what came of an upload that broke off."""
        super().close()
        for file in self.__dict__.pop(_ARRIVED, []):
            file.close()


class _Arriving:
    """A nameless file that says in words when the disk is full."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        try:
            return int(self._file.write(data))
        except OSError as exc:
            raise _in_words(exc) from exc

    def seek(self, *args: int) -> int:
        try:
            return int(self._file.seek(*args))  # writes what is still in memory
        except OSError as exc:
            raise _in_words(exc) from exc

    def close(self) -> None:
        with suppress(OSError):  # a full disk once more: what was written is not wanted
            self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _in_words(error: OSError) -> Exception:
    return NoRoom() if error.errno in _FULL else error


def init_app(app: Flask, settings: Settings) -> None:
    """Has to come before the forms' protection: that one reads the body."""

    @app.before_request
    def give_room() -> ResponseReturnValue | None:
        view = app.view_functions.get(request.endpoint or "")
        if request.method != "POST" or view is None or not hasattr(view, _ATTRIBUTE) or not _may_send(view):
            return None
        most = getattr(view, _ATTRIBUTE) or settings.upload_limit_bytes
        if (request.content_length or 0) > most + AROUND_A_FILE:
            return error_page(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence=_sentence(view, settings))
        request.max_content_length = most + AROUND_A_FILE
        return None


def keep_files_private(app: Flask) -> None:
    """Has to come after whatever else gives the application a class of requests."""
    app.request_class = type("FilesRequest", (PrivateFiles, app.request_class), {})
    app.aborter.mapping[NoRoom.code] = NoRoom  # Werkzeug has no class for this status


def too_large(settings: Settings) -> str:
    return f"This file is larger than {settings.upload_limit_mb:,} MB, the most that this installation takes."


def larger_than(max_bytes: int) -> str:
    return f"This file is larger than {max_bytes // (1024 * 1024):,} MB, the most that is taken here."


def _sentence(view: Callable[..., Any], settings: Settings) -> str:
    own_limit = getattr(view, _ATTRIBUTE)
    return larger_than(own_limit) if own_limit else too_large(settings)


def _may_send(view: Callable[..., Any]) -> bool:
    access = declared_access(view)
    try:
        person = current_person()
    finally:
        release()  # on SQLite nobody waits for an upload; the person is no row
    if person is None or access is None or access.permission is None:
        return False
    return person.may(access.permission) and not person.must_enrol
