"""Which tests one process runs together when several share the suite.

Folders whose session fixtures are dear (an installation for the browser, pages of every kind) run as a whole, and the
longest begin first.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = (
    "tests/browser/test_every_page.py",
    "tests/architecture/",
    "tests/browser/",
    # Each process is given two groups at once: short ones follow, so that none begins with two long ones.
    "tests/models/",
    "tests/portal/",
    "tests/test_migrations.py",
    "tests/gates/test_stateful.py",
    "tests/tools/",
    "tests/queue/",
    # A connector that is live takes seconds to make; these share one each.
    "tests/cli/test_readiness.py",
    "tests/gates/test_never.py",
    "tests/gates/test_falls.py",
    "tests/gates/test_jobs.py",
    "tests/services/test_watch_stories.py",
    "tests/services/test_watch_stale_story.py",
    "tests/services/test_watch_looks.py",
    "tests/services/test_publishing.py",
    "tests/services/test_publishing_story.py",
    "tests/services/test_periods_of_cards.py",
    "tests/services/test_surfaces_of_live.py",
    "tests/admin/test_what_it_would_hold.py",
)
"""In the order in which they begin; a test belongs to the first that its id begins with."""


WITH = {
    "tests/browser/test_demo_walk.py": "tests/browser/test_every_page.py",
    "tests/browser/test_portal_journey.py": "tests/browser/test_every_page.py",
    "tests/browser/test_readme.py": "tests/browser/test_every_page.py",
    "tests/browser/test_walk_through.py::test_whoever": "tests/browser/test_every_page.py",
}
"""Tests that need what another group has made already, beginning of their ids → that group."""


def group_of(nodeid: str) -> str:
    for beginning, group in WITH.items():
        if nodeid.startswith(beginning):
            return group
    return next((group for group in TOGETHER if nodeid.startswith(group)), nodeid)


def put_groups_first(items: list[pytest.Item]) -> None:
    """The others keep their (random) order."""
    places = {group: place for place, group in enumerate(TOGETHER)}
    items.sort(key=lambda item: places.get(group_of(item.nodeid), len(TOGETHER)))


class GroupsTogether(LoadScopeScheduling):
    """Hands out whole groups, and all other tests one by one."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # by our order, not by the number of tests

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
