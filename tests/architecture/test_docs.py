"""Pages of the documentation that are made from the code are up to date, and links in the others lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from app.cli.docs import PERMISSIONS_PAGE, REFERENCE_PAGE, permissions_page, reference_page
from app.config import ROOT
from app.security.permissions import Permission
from app.web.access import public, requires
from tests.architecture.findings import assert_none

_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
_PATH = re.compile(r"`((?:app|templates|tests|tools|static|migrations|docs)/[\w./-]*\w/?)`")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def test_the_matrix_is_up_to_date(app: Flask) -> None:
    assert PERMISSIONS_PAGE.read_text() == permissions_page(app), "run `flask docs permissions`"


def test_the_reference_is_up_to_date() -> None:
    assert REFERENCE_PAGE.read_text() == reference_page(), "run `flask docs reference`"


def test_the_matrix_shows_a_new_route_and_one_that_declares_nothing(throw_away: Flask) -> None:
    def show() -> str:
        return ""

    throw_away.add_url_rule("/tasks", "admin.tasks", requires(Permission.TASK_READ)(show))
    throw_away.add_url_rule("/start", "auth.start", public(show))
    throw_away.add_url_rule("/forgotten", "admin.forgotten", lambda: "")
    page = permissions_page(throw_away)
    assert "| GET | `/tasks` | `task:read` | Admin, Support |" in page
    assert "| GET | `/start` | open to visitors | everybody |" in page
    assert "| GET | `/forgotten` | **undeclared** | – |" in page


def dead(pages: dict[Path, str], root: Path) -> Iterator[str]:
    """Links and paths in pages that name no file."""
    for page, text in pages.items():
        prose = _FENCE.sub("", text)
        for link in _LINK.findall(prose):
            if "://" not in link and not link.startswith("mailto:") and not (page.parent / link).exists():
                yield f"{page.name}: {link}"
        yield from (f"{page.name}: {path}" for path in _PATH.findall(prose) if not (root / path).exists())


def test_links_and_paths_in_the_documentation_lead_somewhere() -> None:
    pages = [*sorted((ROOT / "docs").rglob("*.md")), *ROOT.glob("README.md")]
    assert len(pages) > 5
    assert_none(dead({page: page.read_text() for page in pages}, ROOT))


def test_a_dead_link_in_the_documentation_is_reported(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    text = "[gone](gone.md) [here](page.md#part) [away](https://example.com) `app/gone.py` `docs`\n```\n`app/in_a_fence.py`\n```\n"
    page.write_text(text)
    assert list(dead({page: text}, tmp_path)) == ["page.md: gone.md", "page.md: app/gone.py"]
