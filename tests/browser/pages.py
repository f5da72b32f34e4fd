"""Page objects: how a person finds things on a page."""

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
        expect(self.page.get_by_role("button", name="Sign out").first).to_be_attached()
