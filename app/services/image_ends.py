"""Where an image ends in its file. Decoders stop there and look no farther: what hangs on behind it may be a page or an archive,
so a file with anything behind its image is taken for what it is not.

Each function below follows the borders that its format writes itself, and reads no pixel.
"""

from collections.abc import Callable

HARMLESS = b"\x00\r\n \t"
"""Padding that some programs leave at the end."""
_PNG_SIGNATURE = 8
_GIF_EXTENSION, _GIF_IMAGE, _GIF_TRAILER = 0x21, 0x2C, 0x3B
_JPEG_SCAN, _JPEG_END = 0xDA, 0xD9
_JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}
"""Markers without a length: TEM and the restarts."""


class CutShortError(ValueError):
    """The file is over before its image is."""


def tail_of(data: bytes, image_format: str) -> bytes:
    """What follows the image, without harmless padding.

    :param image_format: as Pillow calls it
    :raises CutShortError: if the image has no end
    """
    try:
        end = _ENDS[image_format](data)
    except IndexError as exc:
        raise CutShortError from exc
    if end > len(data):
        raise CutShortError
    return data[end:].strip(HARMLESS)


def _png(data: bytes) -> int:
    """Chunks of length, name, content and check sum; the last is called IEND."""
    at = _PNG_SIGNATURE
    while True:
        length, name = int.from_bytes(_exactly(data, at, 4), "big"), _exactly(data, at + 4, 4)
        at += 12 + length
        if name == b"IEND":
            return at


def _jpeg(data: bytes) -> int:
    """Segments that say how long they are, and scans that last until the next marker."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise CutShortError
        marker = data[at + 1]
        if marker == 0xFF:  # fill
            at += 1
        elif marker == _JPEG_END:
            return at + 2
        elif marker in _JPEG_ALONE:
            at += 2
        else:
            at += 2 + int.from_bytes(_exactly(data, at + 2, 2), "big")
            if marker == _JPEG_SCAN:
                at = _after_scan(data, at)


def _after_scan(data: bytes, at: int) -> int:
    """A stuffed zero or a restart belongs to the scan."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise CutShortError
        if data[at + 1] != 0 and data[at + 1] not in _JPEG_ALONE:
            return at
        at += 2


def _gif(data: bytes) -> int:
    """Blocks by their first byte; those of data are chains of pieces that end with an empty one."""
    at = 13 + _gif_colors(data[10])
    while True:
        kind = data[at]
        if kind == _GIF_TRAILER:
            return at + 1
        if kind == _GIF_EXTENSION:
            at = _after_pieces(data, at + 2)
        elif kind == _GIF_IMAGE:
            at = _after_pieces(data, at + 11 + _gif_colors(data[at + 9]))
        else:
            raise CutShortError


def _gif_colors(flags: int) -> int:
    """Bytes of the table of colors that the flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_pieces(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _webp(data: bytes) -> int:
    """One RIFF container; an odd length is padded."""
    length = int.from_bytes(_exactly(data, 4, 4), "little")
    return 8 + length + length % 2


def _exactly(data: bytes, at: int, length: int) -> bytes:
    if at + length > len(data):
        raise CutShortError
    return data[at : at + length]


_ENDS: dict[str, Callable[[bytes], int]] = {"PNG": _png, "JPEG": _jpeg, "MPO": _jpeg, "GIF": _gif, "WEBP": _webp}
"""MPO is what a JPEG is called when it announces further pictures behind itself, as phones write."""
