"""Logos of organizations: what is uploaded is never kept, only what we drew from it.

A file is what its decoder makes of it, whatever its name says. Its size is looked at before a pixel is decoded, and the picture
is drawn anew onto an empty one: no metadata, no second image and nothing hidden behind it comes along.
"""

import hashlib
import io
from dataclasses import dataclass

import sqlalchemy as sa
from PIL import Image, ImageOps, UnidentifiedImageError

from app import audit
from app.audit import Actor, Target
from app.clock import utc_now
from app.extensions import db
from app.models import Logo, Organization
from app.services import image_ends
from app.services.errors import InvalidField

MAX_BYTES = 2 * 1024 * 1024
MAX_SIDE = 4000
MIN_SIDE = 16
BOX = (480, 160)
"""As large as it is ever shown on a dense screen."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
"""The only decoders that are tried: each further one is more code that meets a stranger's bytes."""

Image.MAX_IMAGE_PIXELS = MAX_SIDE * MAX_SIDE

_WHICH = "Save the logo as PNG, JPEG, WebP or GIF and choose that file."


@dataclass(frozen=True)
class Drawn:
    """A logo as it will be kept."""

    png: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.png).hexdigest()


def draw(data: bytes) -> Drawn:
    """Decode an uploaded picture and draw it anew. Slow: no transaction may be open.

    :raises InvalidField: with what is wrong with it and what to do
    """
    if not data:
        raise _refused("This file is empty. Choose the logo's picture.")
    if len(data) > MAX_BYTES:
        raise _refused("This file is larger than 2 MB. Save the logo smaller, for instance 480 pixels wide, and choose that file.")
    if _is_svg(data):
        raise _refused(
            "SVG is not taken: such a file can hold programs and links that would run in your clients’ browsers. "
            "Export the logo as PNG, at least 480 pixels wide, and choose that file."
        )
    try:
        picture = _opened(data)
        tail = image_ends.tail_of(data, picture.format or "")
        fresh = _drawn_anew(picture)
    except InvalidField:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise _too_many_pixels() from exc
    except Exception as exc:  # decoders that meet nonsense raise whatever their arithmetic does
        raise _refused(f"This picture is damaged or not complete: it could not be read to its end. {_WHICH}") from exc
    if tail:
        raise _refused(
            "This file holds more than a picture: something follows behind it. Open the logo, save it anew and choose that file."
        )
    return _as_png(fresh)


def _is_svg(data: bytes) -> bool:
    """Whatever begins like a text and names the element early. It would not be decoded either way; the person learns why."""
    begin = data[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return begin.startswith(b"<") and b"<svg" in begin


def _opened(data: bytes) -> Image.Image:
    """By its header alone.

    :raises InvalidField: it is no picture of a kind that is taken, or too large or too small
    """
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as exc:
        raise _refused(f"This file is no picture that can be read, whatever its name says. {_WHICH}") from exc
    if max(picture.size) > MAX_SIDE:
        raise _too_many_pixels()
    if min(picture.size) < MIN_SIDE:
        raise _refused(f"This picture is too small to be seen. Choose one of at least {MIN_SIDE} by {MIN_SIDE} pixels.")
    return picture


def _drawn_anew(picture: Image.Image) -> Image.Image:
    """The first frame, upright, no larger than the box, on an empty sheet."""
    picture.load()
    upright = ImageOps.exif_transpose(_eight_bits(picture)).convert("RGBA")
    upright.thumbnail(BOX, Image.Resampling.LANCZOS)
    fresh = Image.new("RGBA", upright.size, (0, 0, 0, 0))
    fresh.paste(upright)
    return fresh


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Grays of 16 bits are scaled: converting alone would clip them to white."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _as_png(fresh: Image.Image) -> Drawn:
    into = io.BytesIO()
    fresh.save(into, "PNG", optimize=True)
    return Drawn(into.getvalue(), *fresh.size)


def _too_many_pixels() -> InvalidField:
    return _refused(
        f"This picture has too many pixels: at most {MAX_SIDE:,} by {MAX_SIDE:,} are taken. Save it smaller and choose that file."
    )


def _refused(sentence: str) -> InvalidField:
    return InvalidField("logo", sentence)


def set_logo(organization: Organization, drawn: Drawn, *, actor: Actor) -> bool:
    """Keep a logo in the place of the one before. The organization's row is locked first, so that of two people who upload at
    once the later one's stays.

    :return: False if the very same stands there already
    """
    logo = _locked(organization)
    before = logo.digest if logo else None
    if before == drawn.digest:
        return False
    logo = logo or Logo(organization_id=organization.id)
    logo.png, logo.width, logo.height, logo.digest, logo.set_at = drawn.png, drawn.width, drawn.height, drawn.digest, utc_now()
    db.session.add(logo)
    target = Target.of(organization, organization)
    audit.record(db.session(), actor, "logo.set", target, {"digest": [before, drawn.digest]})
    return True


def remove_logo(organization: Organization, *, actor: Actor) -> bool:
    """:return: False if there is none"""
    logo = _locked(organization)
    if logo is None:
        return False
    db.session.delete(logo)
    audit.record(db.session(), actor, "logo.removed", Target.of(organization, organization), {"digest": [logo.digest, None]})
    return True


def _locked(organization: Organization) -> Logo | None:
    db.session.refresh(organization, with_for_update=True)
    return db.session.get(Logo, organization.id, populate_existing=True)


def png_of(organization: Organization, digest: str | None = None) -> tuple[bytes, str]:
    """The picture and its digest.

    :param digest: only this one; another organization's is never found
    :raises sqlalchemy.exc.NoResultFound: if there is none
    """
    query = sa.select(Logo.png, Logo.digest).where(Logo.organization_id == organization.id)
    if digest is not None:
        query = query.where(Logo.digest == digest)
    row = db.session.execute(query).one()
    return row.png, row.digest
