"""The README's picture: a connector's page as it looks now. FIVEGATE_README_PICTURE=1 puts a new one into docs/."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "connector-page.png"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.timeout(1200)  # as long as the demo's own walk takes, which comes first
@pytest.mark.usefixtures("walked")
def test_the_readme_shows_a_connector_page(signed_in: Callable[..., Page], tmp_path: Path) -> None:
    page = signed_in("admin", viewport={"width": 1280, "height": 860})
    page.goto("/admin/connectors")
    page.get_by_role("table").get_by_role("link", name="ServiceTitan").first.click()
    if page.get_by_role("button", name=re.compile("Check access")).count():
        page.get_by_role("button", name=re.compile("Check access")).click()
    expect(page.locator("#jobs-panel")).to_contain_text("Done", timeout=60_000)
    page.reload()  # at its top again, nothing focused
    page.evaluate("() => window.scrollTo(0, 0)")
    target = PICTURE if os.environ.get("FIVEGATE_README_PICTURE") else tmp_path / PICTURE.name
    page.screenshot(path=target)
    assert target.read_bytes().startswith(PNG)
    assert f"docs/{PICTURE.name}" in (ROOT / "README.md").read_text()
    assert PICTURE.read_bytes().startswith(PNG)
