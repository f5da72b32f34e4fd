"""What the company has rather than what happens to it: units, kinds of work, campaigns, price book, memberships."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from app.sample_company.days import COOLING, HEATING, STEADY
from app.sample_company.entities import BusinessUnit, JobType, MembershipType, Sku
from app.sample_company.words import MATERIALS, SERVICE_OBJECTS, SERVICE_WORDS

COMPANY = "Larkspur & Finch Home Services"
MAIL_DOMAIN = "larkspur-finch.example"
PHONE, ONLINE, FORM, MARKET = "phone", "online", "form", "marketplace"


class Work(NamedTuple):
    """A kind of job: `unit` is its business unit's place, prices are in cents, the lag counts days until the visit."""

    name: str
    unit: int
    season: int
    weight: float
    hours: float
    prices: tuple[int, int]
    lag: tuple[int, int]
    priority: str = "Normal"


UNITS = (
    ("HVAC Service", "HVAC", True),
    ("HVAC Install", "HVAC", True),
    ("Plumbing", "Plumbing", True),
    ("Electrical", "Electrical", True),
    ("Maintenance", "HVAC", True),
    ("Duct Cleaning (closed)", "HVAC", False),
)
WORK = (
    Work("AC Repair", 0, COOLING, 10, 2.0, (18_900, 96_000), (0, 2), "High"),
    Work("AC Tune-Up", 0, COOLING, 5, 1.5, (8_900, 19_900), (1, 6)),
    Work("Furnace Repair", 0, HEATING, 9, 2.0, (17_900, 89_000), (0, 2), "High"),
    Work("Heat Pump Service", 0, HEATING, 3, 2.0, (15_900, 64_000), (0, 4)),
    Work("AC Install", 1, COOLING, 1.4, 9.0, (620_000, 1_580_000), (3, 10)),
    Work("Furnace Install", 1, HEATING, 1.1, 8.0, (480_000, 1_120_000), (2, 8)),
    Work("Drain Clearing", 2, STEADY, 6, 1.5, (14_900, 52_000), (0, 1), "High"),
    Work("Water Heater Repair", 2, STEADY, 3, 1.8, (16_900, 71_000), (0, 2)),
    Work("Water Heater Install", 2, STEADY, 1.5, 4.5, (165_000, 420_000), (0, 3)),
    Work("Leak Search", 2, STEADY, 3, 2.2, (19_900, 88_000), (0, 1), "Urgent"),
    Work("Panel Upgrade", 3, STEADY, 0.7, 7.0, (240_000, 590_000), (4, 12)),
    Work("Outlet and Switch", 3, STEADY, 2.5, 1.2, (12_900, 48_000), (1, 5)),
    Work("Estimate Visit", 1, STEADY, 3, 1.0, (0, 0), (0, 4)),
    Work("Warranty Recall", 0, STEADY, 0.8, 1.5, (0, 0), (0, 2), "High"),
    Work("Maintenance Visit", 4, STEADY, 0, 1.5, (9_900, 24_900), (4, 14), "Low"),
)
MAINTENANCE = len(WORK) - 1
"""Only members get these."""


class CampaignSpec(NamedTuple):
    """A campaign as it is meant: `kind` is how people answer to it, `runs` the part of the company's time in which it does."""

    name: str
    kind: str
    category: str
    source: str
    medium: str
    weight: float
    season: int = STEADY
    runs: tuple[float, float] = (-1.0, 2.0)
    daily_cents: int = 0


CAMPAIGNS = (
    CampaignSpec("Existing Customers", PHONE, "Retention", "Direct", "None", 0),
    CampaignSpec("Search Ads - Cooling", PHONE, "Paid search", "Search engine", "CPC", 9, COOLING, daily_cents=21_000),
    CampaignSpec("Search Ads - Heating", PHONE, "Paid search", "Search engine", "CPC", 8, HEATING, daily_cents=18_500),
    CampaignSpec("Search Ads - Plumbing", PHONE, "Paid search", "Search engine", "CPC", 6, daily_cents=9_500),
    CampaignSpec("Map Listing", PHONE, "Organic", "Map listing", "Organic", 9),
    CampaignSpec("Referral Program", PHONE, "Word of mouth", "Referral", "Referral", 4, daily_cents=1_200),
    CampaignSpec("Yard Signs & Trucks", PHONE, "Offline", "Signs", "Print", 2, daily_cents=400),
    CampaignSpec("Radio Spots", PHONE, "Offline", "Radio", "Audio", 3, runs=(-1.0, 0.45), daily_cents=8_000),
    CampaignSpec("Neighborhood Mailer", PHONE, "Offline", "Direct mail", "Print", 3, runs=(0.35, 2.0), daily_cents=5_250),
    CampaignSpec("Website Scheduler", ONLINE, "Website", "Direct", "Organic", 1),
    CampaignSpec("Website Forms", FORM, "Website", "Direct", "Organic", 3),
    CampaignSpec("Landing Page - Replacement Offer", FORM, "Paid social", "Social network", "CPC", 2, runs=(0.15, 2.0), daily_cents=6_000),
    CampaignSpec("Homefront Leads", MARKET, "Marketplace", "Homefront", "Lead fee", 4, daily_cents=11_000),
    CampaignSpec("Fixwell Marketplace", MARKET, "Marketplace", "Fixwell", "Lead fee", 3, daily_cents=7_500),
    CampaignSpec("Trusted Trades", MARKET, "Marketplace", "Trusted Trades", "Lead fee", 2, runs=(0.2, 0.8), daily_cents=6_500),
)
EXISTING = 0
MEMBERSHIPS = (
    ("Comfort Plan", 12, "Annual", 19_900, True),
    ("Comfort Plan Plus", 12, "Monthly", 2_400, True),
    ("Whole House Plan", 24, "Monthly", 3_900, True),
    ("Founders Plan", 12, "Annual", 14_900, False),
)
TAX_PER_MILLE = 65
"""Sales tax in thousandths of the taxable amount."""


def money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def business_units(before: datetime, phones: tuple[str, ...]) -> list[BusinessUnit]:
    since = before - timedelta(days=900)
    return [
        BusinessUnit(8_100 + n, name, trade, f"{trade.lower()}@{MAIL_DOMAIN}", phones[n], since, since + timedelta(days=n), active)
        for n, (name, trade, active) in enumerate(UNITS)
    ]


def job_types(before: datetime) -> list[JobType]:
    since = before - timedelta(days=880)
    return [
        JobType(8_300 + n, w.name, 8_100 + w.unit, w.priority, int(w.hours * 3600), not w.prices[1], since, since + timedelta(days=n), True)
        for n, w in enumerate(WORK)
    ]


def membership_types(before: datetime) -> list[MembershipType]:
    since = before - timedelta(days=700)
    return [
        MembershipType(8_500 + n, name, months, billing, money(price), Decimal("10.00"), since, since + timedelta(days=n), active)
        for n, (name, months, billing, price, active) in enumerate(MEMBERSHIPS)
    ]


def services(before: datetime) -> list[Sku]:
    since, found = before - timedelta(days=800), []
    for n in range(len(SERVICE_WORDS) * len(SERVICE_OBJECTS)):
        word, thing = SERVICE_WORDS[n % 8], SERVICE_OBJECTS[n // 8]
        cents = 8_900 + n * 1_370
        names = (f"S{n:04d}", f"{word} {thing}", thing.capitalize())
        found.append(_sku(8_700 + n, names, (cents, cents // 3), since, is_service=True, active=n % 23 != 22))
    return found


def materials(before: datetime) -> list[Sku]:
    since, found = before - timedelta(days=790), []
    for n in range(len(MATERIALS) * 4):
        name, grade = MATERIALS[n % len(MATERIALS)], "ABCD"[n // len(MATERIALS)]
        cents = 650 + n * 211
        names = (f"00{n:03d}", f"{name}, grade {grade}", "Materials")
        found.append(_sku(8_900 + n, names, (cents, cents * 2 // 5), since, is_service=False, active=n % 19 != 18))
    return found


def _sku(number: int, names: tuple[str, str, str], cents: tuple[int, int], since: datetime, *, is_service: bool, active: bool) -> Sku:
    code, name, category = names
    price, cost = cents
    hours = Decimal(number % 6 + 1) / 2 if is_service else Decimal(0)
    text = f"{name}. Includes what it needs; ask before you quote."
    return Sku(
        number, code, name, text, category, money(price), money(price * 9 // 10), money(cost), hours, "Hour" if is_service else "Each",
        not is_service, since, since + timedelta(days=number % 300, hours=1), active,
    )  # fmt: skip
