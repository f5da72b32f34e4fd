"""Page objects: how a person finds things on a page."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class SignInPage:
    page: Page

    def sign_in(self, person: dict[str, str]) -> None:
        self.page.goto("/sign-in")
        self.page.get_by_label("Mail address").fill(person["email"])
        self.page.get_by_label("Password", exact=True).fill(person["password"])
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page).not_to_have_url(re.compile("/sign-in"))
        expect(self.page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
