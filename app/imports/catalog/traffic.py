"""Campaigns, what they cost, and clicks on them."""

from __future__ import annotations

from app.imports.catalog.making import (
    ACTIVE,
    CAMPAIGN_ID,
    TIMES,
    business_unit,
    campaign,
    day,
    flag,
    money,
    number,
    own_id,
    target,
    text,
)
from app.imports.catalog.targets import DataType, TargetKind

CAMPAIGNS = DataType(
    "campaigns", "Campaigns", "records", "campaign",
    (
        own_id("Campaign ID", "id"),
        target(TargetKind.TEXT, "campaign", "Campaign", "name", "campaign name", column="campaign", says="Name of the campaign."),
        text("category", "Category", "category.name", "campaign category"), text("source", "Source", "campaign source"),
        text("other_source", "Other source"), text("medium", "Medium", "campaign medium"), text("other_medium", "Other medium"),
        text("phone_numbers", "Phone number", "campaignPhoneNumbers", "phone numbers", "tracking number", "dnis"),
        flag("is_default", "Default campaign", "isDefaultCampaign"), business_unit(), *TIMES, ACTIVE,
    ),
    day=("created_on",), day_is_needed=False,
)  # fmt: skip

CAMPAIGN_COSTS = DataType(
    "campaign_costs", "Campaign costs", "records", "campaign_cost",
    (
        own_id("Cost ID", "id", "campaign cost id", needed=False),
        CAMPAIGN_ID, campaign(),
        number("year", "Year", "cost year"), number("month", "Month", "cost month"),
        day("date", "Date", "day", "cost date", column="local_date", says="The day that the cost belongs to."),
        money("daily_cost", "Daily cost", "cost per day", says="What the campaign cost on each day of the month."),
        money("amount", "Cost", "total cost", "amount", "spend", "monthly cost", column="amount", says="What the campaign cost."),
        *TIMES,
    ),
    day=("date",), made_id=("campaign_id", "campaign", "year", "month", "date"), has_active=False,
    note="A row of year and month counts on the first of the month, with the daily cost times the days of that month where the file has no"
    " cost of its own: ask for whole months.",
)  # fmt: skip

_CLICKS = (
    own_id("Row ID", "id", needed=False),
    day("date", "Date", "day", "segments.date", column="local_date", says="The day of the clicks, as the source counts days."),
    CAMPAIGN_ID, campaign("campaign"),
    number("clicks", "Clicks"), number("impressions", "Impressions", "impr.", "impr", "views"),
)  # fmt: skip

AD_CLICKS = DataType(
    "ad_clicks", "Ad clicks", "records", "ad_click",
    (
        *_CLICKS, text("ad_group", "Ad group", "adgroup", "ad set name", "ad set"), text("keyword", "Keyword", "search keyword"),
        text("device", "Device"), text("platform", "Platform", "source", "network", "account name"),
        money("amount", "Cost", "spend", "amount spent", "total cost", column="amount", says="What the clicks cost."),
        number("conversions", "Conversions", "conv."),
    ),
    day=("date",), made_id=("date", "platform", "campaign_id", "campaign", "ad_group", "keyword", "device"), has_active=False,
    note="Without an id, a row is known by its day and whatever of platform, campaign, ad group, keyword and device is mapped.",
)  # fmt: skip

SEARCH_CLICKS = DataType(
    "search_clicks", "Search clicks", "records", "search_click",
    (
        *_CLICKS, text("query", "Query", "top queries", "search term", "keyword"), text("page", "Page", "top pages", "landing page", "url"),
        text("device", "Device"), text("country", "Country"), number("ctr", "Click rate", "ctr"), number("position", "Position"),
    ),
    day=("date",), made_id=("date", "campaign_id", "campaign", "query", "page", "device", "country"), has_active=False,
    note="Without an id, a row is known by its day and whatever of query, page, device and country is mapped.",
)  # fmt: skip

DATA_TYPES = (CAMPAIGNS, CAMPAIGN_COSTS, AD_CLICKS, SEARCH_CLICKS)
