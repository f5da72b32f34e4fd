"""Colours that can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.contrast import BLACK, DARK_PAGE, LIGHT_PAGE, PART_RATIO, TEXT_RATIO, WHITE, brand_of, contrast, is_color

colors = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colors)
def test_every_brand_color_can_be_read_on_every_page(color: str) -> None:
    brand = brand_of(color)
    for shade, pages in ((brand.light, (LIGHT_PAGE, WHITE)), (brand.dark, (DARK_PAGE, "#12181a"))):
        assert contrast(shade.color, shade.ink) >= TEXT_RATIO
        assert all(contrast(shade.color, page) >= PART_RATIO for page in pages)
        assert shade.ink in {BLACK, WHITE}


@given(colors)
def test_a_color_that_can_be_read_is_left_alone(color: str) -> None:
    brand = brand_of(color)
    if contrast(color, LIGHT_PAGE) >= PART_RATIO:
        assert brand.light.color == color
    if contrast(color, DARK_PAGE) >= PART_RATIO:
        assert brand.dark.color == color
    assert brand.is_corrected == (brand.light.color != color or brand.dark.color != color)


@given(colors, colors)
def test_contrast_does_not_depend_on_the_order(one: str, other: str) -> None:
    assert 1 <= contrast(one, other) == contrast(other, one) <= 21


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0), ("#0000ff", "#ffffff", 8.59)],
)
def test_known_ratios(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)


def test_yellow_is_darkened_on_light_pages_only() -> None:
    brand = brand_of("#FFE000")
    assert brand.light.color != "#ffe000"
    assert brand.dark.color == "#ffe000"
    assert brand.is_corrected


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "#1234567", "1f5f8b", "#1F5F8B", "#1f5f8b\n"])
def test_what_is_no_color_is_none(text: str) -> None:
    assert not is_color(text)
