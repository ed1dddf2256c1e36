"""Bills of clouds: AI services only, money only, currencies apart"""

from __future__ import annotations

from typing import Any

import pytest

from histories.gateway_rows import buckets, format_of, read, reasons
from tokmeter.histories import cloud_costs

FOCUS = format_of(cloud_costs.FORMATS, "focus")
AZURE = format_of(cloud_costs.FORMATS, "azure-cost")
AWS = format_of(cloud_costs.FORMATS, "aws-cur")
GOOGLE = format_of(cloud_costs.FORMATS, "gcp-billing")

START = 1_772_323_200_000
"""2026-03-01T00:00:00Z"""

FOCUS_ROW = {
    "billedcost": "1.5", "billingcurrency": "USD", "listcost": "2", "chargeperiodstart": "2026-03-01T00:00:00Z",
    "chargeperiodend": "2026-03-01T01:00:00Z", "servicename": "Amazon Bedrock", "providername": "AWS",
    "skuid": "sku-1", "subaccountid": "111", "consumedquantity": "10", "consumedunit": "1K tokens",
}  # fmt: skip
AZURE_ROW = {
    "date": "03/01/2026", "metercategory": "Cognitive Services", "metersubcategory": "Azure OpenAI",
    "metername": "gpt-5 inp glbl Tokens", "quantity": "10", "unitofmeasure": "1K",
    "costinbillingcurrency": "1.5", "billingcurrency": "USD", "resourcegroup": "rg",
}  # fmt: skip
AWS_ROW = {
    "lineitem/usagestartdate": "2026-03-01T00:00:00Z", "lineitem/usageenddate": "2026-03-01T01:00:00Z",
    "lineitem/productcode": "AmazonBedrock", "lineitem/usagetype": "USE1-Claude-input-tokens",
    "lineitem/unblendedcost": "1.5", "lineitem/currencycode": "USD", "lineitem/usageaccountid": "111",
}  # fmt: skip
GOOGLE_ROW: dict[str, Any] = {
    "service": {"description": "Vertex AI"}, "sku": {"description": "Gemini 2.5 Pro Input Tokens", "id": "s"},
    "usage_start_time": "2026-03-01 00:00:00 UTC", "usage_end_time": "2026-03-01 01:00:00 UTC", "cost": "1.75",
    "currency": "USD", "project": {"id": "p-1"}, "credits": [{"amount": "-0.25"}],
}  # fmt: skip
EACH = [
    pytest.param(FOCUS, FOCUS_ROW, "aws", id="FOCUS"),
    pytest.param(AZURE, AZURE_ROW, "azure", id="Azure"),
    pytest.param(AWS, AWS_ROW, "aws", id="AWS"),
    pytest.param(
        AWS,
        {name.replace("lineitem/", "line_item_"): value for name, value in AWS_ROW.items()}
        | {"line_item_usage_start_date": "2026-03-01T00:00:00Z", "line_item_product_code": "AmazonBedrock",
           "line_item_unblended_cost": "1.5", "line_item_currency_code": "USD"},
        "aws",
        id="AWS, second spelling",
    ),
    pytest.param(GOOGLE, GOOGLE_ROW, "google", id="Google"),
]  # fmt: skip


@pytest.mark.parametrize(("format_", "record", "provider"), EACH)
def test_a_row_is_money_of_its_cloud_and_no_tokens(
    format_: Any, record: dict[str, Any], provider: str
) -> None:
    """Google: 1.75 less a credit of 0.25."""
    line = buckets(read(format_, record))[0]

    assert (provider, 1_500_000_000, "billed", "USD", START) == (
        line.provider, line.amount_nano, line.amount_kind, line.currency, line.start_ms,
    )  # fmt: skip
    assert line.tokens.is_empty
    assert format_.rare


def test_each_header_is_its_own_exports() -> None:
    headers = {"focus": FOCUS_ROW, "azure-cost": AZURE_ROW, "aws-cur": AWS_ROW}
    found = {
        name: [one.id for one in cloud_costs.FORMATS if one.claims_header(frozenset(record))]
        for name, record in headers.items()
    }

    assert {name: [name] for name in headers} == found
    assert GOOGLE.claims(GOOGLE_ROW)


@pytest.mark.parametrize(
    ("service", "metered", "is_ai"),
    [
        ("Amazon Bedrock", "", True),
        ("Claude Sonnet 4.5 (Amazon Bedrock Edition)", "", True),
        ("Azure OpenAI Service", "", True),
        ("Cognitive Services", "Azure OpenAI gpt-5", True),
        ("Cognitive Services", "Speech To Text", False),
        ("Vertex AI", "Gemini 2.5 Flash", True),
        ("Vertex AI", "Training N1 Predefined Instance", False),
        ("Gemini API", "", True),
        ("Amazon EC2", "gpt-5", False),
        ("Amazon S3", "", False),
    ],
)
def test_only_ai_services_are_kept(service: str, metered: str, is_ai: bool) -> None:
    found = read(FOCUS, FOCUS_ROW | {"servicename": service, "skumeter": metered})

    assert is_ai == bool(buckets(found))
    assert is_ai or ["unknown-record"] == reasons(found)


@pytest.mark.parametrize(
    ("currency", "code"), [("EUR", "EUR"), ("eur", "EUR"), ("", "XXX"), ("euros", "XXX"), ("USD", "USD")]
)
def test_an_amount_keeps_its_currency_and_one_without_is_not_taken_for_usd(currency: str, code: str) -> None:
    found = read(FOCUS, FOCUS_ROW | {"billingcurrency": currency})

    assert {code} == {line.currency for line in buckets(found)}
    assert (code != "USD") == ("other-currency" in reasons(found))


def test_a_list_price_stands_beside_the_charge() -> None:
    assert [(1_500_000_000, "billed"), (2_000_000_000, "list")] == [
        (line.amount_nano, line.amount_kind) for line in buckets(read(FOCUS, FOCUS_ROW))
    ]


def test_resources_of_one_hour_are_lines_of_their_own() -> None:
    found = buckets(read(AWS, AWS_ROW, AWS_ROW | {"lineitem/resourceid": "arn:x"}, AWS_ROW))

    assert 3 == len({line.key for line in found})


@pytest.mark.parametrize(
    ("column", "code"), [("cost ($)", "USD"), ("unrounded cost (€)", "EUR"), ("cost (¥)", "XXX")]
)
def test_the_cost_table_of_googles_console_names_the_currency_in_its_header(column: str, code: str) -> None:
    record = {
        "service description": "Vertex AI", "sku description": "Claude Opus 4.5 output tokens",
        "usage start date": "2026-03-01", "usage end date": "2026-03-02", column: "1.5",
    }  # fmt: skip
    [line] = buckets(read(GOOGLE, record))

    assert GOOGLE.claims_header(frozenset(record))
    assert (1_500_000_000, code) == (line.amount_nano, line.currency)


@pytest.mark.parametrize(("field", "value"), [("billedcost", "much"), ("chargeperiodstart", "soon")])
def test_a_row_without_amount_or_time_is_said(field: str, value: str) -> None:
    found = read(FOCUS, FOCUS_ROW | {field: value})

    assert [] == buckets(found)
    assert 1 == len(reasons(found))
