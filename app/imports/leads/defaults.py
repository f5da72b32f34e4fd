"""The rules that every organization begins with."""

from app.imports.leads.rules import Rule, RuleKind, RuleSet
from app.models import LeadClass


def default_rules() -> RuleSet:
    """What an organization begins with: careful, since a real lead that is called spam costs more than the reverse.

    The lists of the company's own numbers and mail domains are empty: only it knows them.
    """
    return RuleSet(
        (
            Rule("test-words", RuleKind.WORDS, LeadClass.TEST, "Test words", TEST_WORDS),
            Rule("test-phones", RuleKind.PHONES, LeadClass.TEST, "Numbers that we test with"),
            Rule("own-phones", RuleKind.PHONES, LeadClass.INTERNAL, "Our own phone numbers"),
            Rule("own-domains", RuleKind.DOMAINS, LeadClass.INTERNAL, "Our own mail domains"),
            Rule("internal-words", RuleKind.WORDS, LeadClass.INTERNAL, "Words for our own calls", INTERNAL_WORDS),
            Rule("spam-phones", RuleKind.PHONES, LeadClass.SPAM, "Numbers known for spam"),
            Rule("spam-words", RuleKind.WORDS, LeadClass.SPAM, "Spam words", SPAM_WORDS),
            Rule("short-calls", RuleKind.SHORT_CALLS, LeadClass.SPAM, "Very short calls", seconds=3),
            Rule("often", RuleKind.OFTEN, LeadClass.SPAM, "Calls again and again", days=7, times=4),
            Rule("market-repeat", RuleKind.MARKET_REPEAT, LeadClass.DUPLICATE, "Sold by two marketplaces", days=30),
            Rule("repeat", RuleKind.REPEAT, LeadClass.DUPLICATE, "Got in touch again", days=7),
        )
    )


TEST_WORDS = ("test test", "test call", "test lead", "test form", "test booking", "this is a test", "please ignore", "asdf")
INTERNAL_WORDS = ("internal call", "internal form", "employee call")
SPAM_WORDS = (
    "robocall",
    "telemarketer",
    "seo team",
    "seo services",
    "backlinks",
    "your site on page one",
    "first page of google",
    "cheap leads",
    "your listing has expired",
    "google listing",
)
