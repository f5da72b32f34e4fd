"""Logos: whatever comes, only what we drew is kept."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from app.services import logos
from app.services.errors import InvalidField
from app.services.logos import draw

HTML = b"<!doctype html><script>alert(document.cookie)</script>"
ZIP = b"PK\x03\x04" + b"\x00" * 40 + b"evil.exe"


def picture(size: tuple[int, int] = (300, 100), mode: str = "RGB") -> Image.Image:
    image = Image.new(mode, size)
    if mode in {"RGB", "RGBA"}:
        ImageDraw.Draw(image).rectangle((10, 10, size[0] // 2, size[1] // 2), fill="red")
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    into = io.BytesIO()
    image.save(into, kind, **options)
    return into.getvalue()


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def refusal(data: bytes) -> str:
    with pytest.raises(InvalidField) as refused:
        draw(data)
    assert refused.value.field == "logo"
    return str(refused.value)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_of(width: int, height: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_what_is_taken_becomes_a_png_of_bounded_size(kind: str) -> None:
    drawn = draw(saved(picture((1200, 900)), kind))
    image = opened(drawn.png)
    assert (image.format, image.size) == ("PNG", (drawn.width, drawn.height))
    assert image.size == (213, 160)
    assert len(drawn.digest) == 64


def test_a_small_one_keeps_its_size_and_its_transparency() -> None:
    drawn = draw(saved(picture((120, 40), "RGBA"), "PNG"))
    image = opened(drawn.png)
    assert image.size == (120, 40)
    assert image.getpixel((100, 35)) == (0, 0, 0, 0)
    assert image.getpixel((15, 15)) == (255, 0, 0, 255)


def test_the_same_picture_has_the_same_digest_whatever_stood_beside_it() -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "drawn by Ana")
    plain, noted = saved(picture(), "PNG"), saved(picture(), "PNG", pnginfo=note)
    assert plain != noted
    assert draw(plain).digest == draw(noted).digest


def test_print_colors_become_screen_colors() -> None:
    cmyk = Image.new("CMYK", (100, 50), (0, 255, 255, 0))
    red, green, blue, alpha = opened(draw(saved(cmyk, "JPEG", quality=95)).png).getpixel((50, 25))  # type: ignore[misc]  # four bands
    assert red > 200
    assert max(green, blue) < 60
    assert alpha == 255


def test_grays_of_sixteen_bits_are_not_clipped_to_white() -> None:
    gray = Image.new("I;16", (64, 32), 0x8000)
    red = opened(draw(saved(gray, "PNG")).png).getpixel((5, 5))[0]  # type: ignore[index]  # four bands
    assert 120 < red < 136


def test_of_an_animation_the_first_picture_is_taken() -> None:
    frames = [Image.new("RGB", (60, 30), color) for color in ("red", "green", "blue")]
    image = opened(draw(saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)).png)
    assert getattr(image, "n_frames", 1) == 1
    assert image.getpixel((5, 5)) == (255, 0, 0, 255)


def test_where_a_photo_was_taken_is_left_out_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "CANARY-DESCRIPTION"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (41.0, 52.0, 12.0)
    data = saved(picture((300, 100)), "JPEG", exif=exif, comment=b"CANARY-COMMENT")
    assert b"CANARY-DESCRIPTION" in data
    drawn = draw(data)
    image = opened(drawn.png)
    assert b"CANARY" not in drawn.png
    assert not image.getexif()
    assert not image.info
    assert image.size == (53, 160)


def test_metadata_and_color_profiles_are_left_out() -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "CANARY", zip=True)
    note.add_itxt("XML:com.adobe.xmp", "<CANARY/>")
    data = saved(picture(), "PNG", pnginfo=note, icc_profile=b"CANARY" * 100)
    names = [name for name in (b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf", b"tIME") if name in draw(data).png]
    assert names == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty"),
        (b"not a picture at all", "no picture that can be read"),
        (HTML, "no picture that can be read"),
        (b"GIF89a/*" + HTML, "no picture that can be read"),
        (b"GIF89a\x40\x00\x40\x00" + HTML, "no picture that can be read"),
        (ZIP, "no picture that can be read"),
        (b"%PDF-1.7\n" + b"x" * 100, "no picture that can be read"),
        (b"\x00" * 5000, "no picture that can be read"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG is not taken"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- logo -->\n<SVG onload="x()"/>', "SVG is not taken"),
        ('<?xml version="1.0"?><svg/>'.encode("utf-16"), "SVG is not taken"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * (logos.MAX_BYTES + 1), "larger than 2 MB"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(data: bytes, sentence: str) -> None:
    assert sentence in refusal(data)


def test_why_svg_is_refused_and_what_to_do() -> None:
    sentence = refusal(b"<svg/>")
    assert "programs" in sentence
    assert "as PNG" in sentence


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM", "TGA", "DDS", "EPS"])
def test_other_kinds_of_pictures_are_not_even_tried(kind: str) -> None:
    assert "no picture that can be read" in refusal(saved(picture(), kind))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.98])
def test_a_picture_that_was_cut_off_is_refused(kind: str, share: float) -> None:
    noise = Image.effect_noise((200, 100), 80).convert("RGB")
    data = saved(noise, kind)
    assert refusal(data[: int(len(data) * share)])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_one_flipped_byte_never_ends_in_anything_but_a_logo_or_a_sentence(kind: str) -> None:
    data, said = saved(Image.effect_noise((60, 40), 80).convert("RGB"), kind), set()
    for at in range(0, len(data), max(1, len(data) // 60)):
        broken = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        try:
            assert max(draw(broken).width, draw(broken).height) <= 480
        except InvalidField as refused:
            said.add(str(refused)[-1])
    assert said == {"."}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("tail", [HTML, ZIP, b"<svg/>", saved(picture(), "PNG")])
def test_a_picture_with_something_behind_it_is_refused(kind: str, tail: bytes) -> None:
    assert "something follows behind it" in refusal(saved(picture(), kind) + tail)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("PNG", {"save_all": True}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "restart_marker_rows": 1}),
        ("GIF", {"interlace": 0}),
        ("GIF", {"interlace": 1, "comment": b"x" * 1000}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 3}),
    ],
)
def test_the_end_is_found_in_each_way_of_saving(kind: str, options: dict[str, object]) -> None:
    noise = Image.effect_noise((320, 200), 80).convert("RGB")
    assert draw(saved(noise, kind, **options) + b"\r\n\x00").width == 256


def test_a_phones_file_of_several_pictures_is_refused() -> None:
    data = saved(picture(), "MPO", save_all=True, append_images=[picture()])
    assert "something follows behind it" in refusal(data)


def test_a_bomb_is_refused_by_its_header_before_a_pixel_is_decoded() -> None:
    loaded: list[int] = []

    def watched(load: Callable[..., object]) -> Callable[..., object]:
        def counting(*args: object) -> object:
            loaded.append(1)
            return load(*args)

        return counting

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PngImagePlugin.PngImageFile, "load", watched(PngImagePlugin.PngImageFile.load))
        for width, height in ((60_000, 60_000), (4001, 4001), (4001, 20), (20, 200_000), (2**31 - 1, 2**31 - 1)):
            assert "too many pixels" in refusal(png_of(width, height, b"\x00" * 1000))
    assert loaded == []


def test_a_header_that_promises_less_than_the_data_holds_is_harmless() -> None:
    """A hundred million zeros behind a picture of 32 by 32: the decoder stops at the picture's end."""
    drawn = draw(png_of(32, 32, b"\x00" * 5 * 32 + b"\x00" * 100_000_000))
    assert (drawn.width, drawn.height) == (32, 32)


def test_the_largest_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = draw(png_of(4000, 4000, b"\x00" * 501 * 4000))
    assert (drawn.width, drawn.height) == (160, 160)


@pytest.mark.parametrize("size", [(1, 1), (15, 400), (400, 15)])
def test_what_nobody_could_see_is_refused(size: tuple[int, int]) -> None:
    assert "too small" in refusal(saved(picture(size, "L"), "PNG"))


def test_a_text_bomb_inside_a_picture_is_refused() -> None:
    text = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(b"a" * 80_000_000))
    data = saved(picture(), "PNG")
    start = data.index(b"IDAT") - 4
    assert "damaged" in refusal(data[:start] + text + data[start:])
