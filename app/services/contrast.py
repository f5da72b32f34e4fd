"""Whether a colour can be read, and the nearest one that can.

Relative luminance and contrast ratio are those of WCAG 2.2, definitions *relative luminance* and *contrast ratio*
(https://www.w3.org/TR/WCAG22/#dfn-relative-luminance, #dfn-contrast-ratio); the limits are those of success criteria
1.4.3 (text, 4.5:1) and 1.4.11 (parts of the interface, 3:1).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

TEXT_RATIO = 4.5
PART_RATIO = 3.0
BLACK, WHITE = "#000000", "#ffffff"
LIGHT_PAGE = "#f6f7f5"
"""The darkest background of light pages: what differs enough from it differs from white cards too."""
DARK_PAGE = "#1a2224"
"""The lightest background of dark pages, for the same reason."""
STEPS = 200

_COLOR = re.compile(r"#[0-9a-f]{6}")


def is_color(text: str) -> bool:
    """``#rrggbb`` in lower case."""
    return _COLOR.fullmatch(text) is not None


def luminance(color: str) -> float:
    """0 for black to 1 for white, from the linear parts of sRGB."""
    red, green, blue = (_linear(part / 255) for part in _parts(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (equal) to 21 (black on white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@dataclass(frozen=True)
class Shade:
    """A colour for areas and the ink that can be read on it."""

    color: str
    ink: str


@dataclass(frozen=True)
class Brand:
    """An organization's colour as pages show it."""

    chosen: str
    light: Shade
    dark: Shade

    @property
    def is_corrected(self) -> bool:
        return {self.light.color, self.dark.color} != {self.chosen}


@lru_cache(maxsize=512)
def brand_of(color: str) -> Brand:
    """The chosen colour, darkened for light pages and lightened for dark ones as far as it must be.

    :param color: ``#rrggbb``
    """
    color = color.lower()
    return Brand(color, _shade(color, page=LIGHT_PAGE, towards=BLACK), _shade(color, page=DARK_PAGE, towards=WHITE))


def _shade(color: str, *, page: str, towards: str) -> Shade:
    for step in range(STEPS + 1):
        mixed = _mix(color, towards, step / STEPS)
        ink = max((WHITE, BLACK), key=lambda candidate: contrast(mixed, candidate))
        if contrast(mixed, page) >= PART_RATIO and contrast(mixed, ink) >= TEXT_RATIO:
            return Shade(mixed, ink)
    raise AssertionError("black and white themselves can be read")


def _mix(color: str, towards: str, share: float) -> str:
    parts = zip(_parts(color), _parts(towards), strict=True)
    return "#" + "".join(f"{round(ours + (theirs - ours) * share):02x}" for ours, theirs in parts)


def _parts(color: str) -> tuple[int, int, int]:
    if not is_color(color):
        raise ValueError("a colour is #rrggbb in lower case")
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
