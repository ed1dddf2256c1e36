"""What clouds billed for AI services: FOCUS, and the exports of Azure, AWS and Google.

Costs only: units differ by service, so no token is counted from them. A cloud sells much else; rows are kept
by the names of services and, where a service is a mixed bag, of what was metered. An amount in another
currency than USD is kept with its code and never added to USD.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tokmeter.histories._extract import money_nano
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import Row
from tokmeter.histories._record import Bucket, Item, Remark
from tokmeter.histories._statements import (
    NO_CURRENCY,
    StatementTable,
    bucket_key,
    currency_of,
    no_record,
    span,
    with_list_price,
)
from tokmeter.sources._fields import as_dict

_SURE = re.compile(r"bedrock|azure openai|openai|gemini api|generative language|generative ai|\bclaude\b")
"""Services that sell nothing but the use of models."""
_MIXED = re.compile(
    r"cognitive services|azure ai\b|ai services|ai foundry|foundry (?:models|tools)|vertex ai|vertexai"
)
"""Services that sell models among other things."""
_MODEL = re.compile(
    r"openai|gpt|claude|gemini|llama|mistral|ministral|codestral|deepseek|grok|phi-?\d|cohere|command-?[ra]"
    r"|embedding|imagen|\bveo\b|\bnova\b|titan|\bo[1-9]\b|o[1-9]-|\btokens?\b|\bkimi\b|\bqwen"
    r"|foundation model"
)
_CLOUDS = (
    ("amazon", "aws"),
    ("aws", "aws"),
    ("microsoft", "azure"),
    ("azure", "azure"),
    ("google", "google"),
)
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_COLUMN_OF_COST = re.compile(r"(?:unrounded )?cost \((.{1,3})\)")


def is_ai(service: str, metered: str) -> bool:
    """Whether a row is of an AI service, by its name and by what was metered.

    >>> is_ai("Amazon Bedrock", ""), is_ai("Cognitive Services", "Speech"), is_ai("Vertex AI", "Gemini 2.5")
    (True, False, True)
    """
    name, detail = service.lower(), metered.lower()
    return bool(_SURE.search(name) or (_MIXED.search(name) and _MODEL.search(detail)))


def _text(row: Row, *names: str) -> str:
    return row.text(*names) or ""


def _cloud(*words: str) -> str:
    """Who bills, by what the row calls the provider or the service."""
    for word in words:
        for start, provider in _CLOUDS:
            if start in word.lower():
                return provider
    return "cloud"


def _line(
    row: Row,
    name: str,
    provider: str,
    times: tuple[object, object],
    money: tuple[object, str, object],
    dimensions: tuple[str, ...],
    line: int,
    *,
    kind: str | None,
    project: str | None,
) -> Iterator[Item]:
    """A line of money: `money` is the charged amount, its currency and the list price, if told."""
    bounds = span(*times)
    amount, code, listed = money
    nano = money_nano(amount)
    if bounds is None or nano is None:
        reason, detail = ("unreadable", "date") if bounds is None else ("count-invalid", "cost")
        yield Remark(reason=reason, detail=detail, line=line)
        return
    bucket = Bucket(
        key=bucket_key(name, *bounds, (*dimensions, code)),
        format=name,
        provider=provider,
        start_ms=bounds[0],
        end_ms=bounds[1],
        amount_nano=nano,
        amount_kind="billed",
        currency=code,
        kind=kind,
        project=project,
        line=line,
    )
    yield from with_list_price(bucket, money_nano(listed))
    if code != "USD":
        detail = "not named" if code == NO_CURRENCY else code
        yield Remark(reason="other-currency", detail=detail, line=line)
    yield from row.remarks(line)


def _other(line: int) -> Remark:
    return Remark(reason="unknown-record", detail="another service of a cloud", line=line)


def _read_focus(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    """A row of a FOCUS export, whoever wrote it."""
    row = Row(record)
    service = _text(row, "servicename")
    metered = [
        _text(row, name)
        for name in ("skumeter", "skuid", "chargedescription", "resourcename", "xskumetername")
    ]
    if not is_ai(service, " ".join(metered)):
        yield _other(line)
        return
    names = (
        "billingaccountid", "subaccountid", "servicename", "skuid", "skupriceid", "skumeter", "regionid",
        "availabilityzone", "resourceid", "chargecategory", "chargeclass", "chargedescription",
        "pricingcategory", "consumedunit", "commitmentdiscountid",
    )  # fmt: skip
    maker = _text(row, "serviceprovidername", "providername", "hostprovidername")
    yield from _line(
        row,
        "focus",
        _cloud(maker, service),
        (row.get("chargeperiodstart"), row.get("chargeperiodend")),
        (row.get("billedcost"), currency_of(row.get("billingcurrency")), row.get("listcost")),
        tuple(_text(row, name) for name in names),
        line,
        kind=row.text("skumeter", "skuid", "chargecategory"),
        project=row.text("subaccountname", "subaccountid"),
    )


def _read_azure(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    """A row of Azure Cost Management. Its dates are ISO or month/day/year."""
    row = Row(record)
    names = ("metercategory", "metersubcategory", "metername", "product", "productname")
    category, *metered = (_text(row, name) for name in names)
    if not is_ai(category, " ".join(metered)):
        yield _other(line)
        return
    code = currency_of(row.get("billingcurrency", "billingcurrencycode", "currency", "currencycode"))
    dimensions = (
        "billingaccountid", "subscriptionid", "subscriptionguid", "resourcegroup", "resourcegroupname",
        "resourceid", "instanceid", "metercategory", "metersubcategory", "metername", "meterid",
        "unitofmeasure", "chargetype", "pricingmodel", "resourcelocation", "invoicesectionid",
    )  # fmt: skip
    yield from _line(
        row,
        "azure-cost",
        "azure",
        (_iso(row.get("date", "usagedatetime", "usagedate")), None),
        (
            row.get("costinbillingcurrency", "cost", "pretaxcost"),
            code,
            row.get("paygcostinbillingcurrency"),
        ),
        tuple(_text(row, name) for name in dimensions),
        line,
        kind=row.text("metername", "metersubcategory"),
        project=row.text("resourcegroup", "resourcegroupname", "subscriptionname"),
    )


def _iso(value: object) -> object:
    match = _US_DATE.match(value) if isinstance(value, str) else None
    return f"{match[3]}-{int(match[1]):02d}-{int(match[2]):02d}" if match else value


def _read_aws(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    """A row of a Cost and Usage Report, in either spelling of its columns."""
    row = Row({name.replace("/", "_"): value for name, value in record.items() if isinstance(name, str)})
    product = f"{_text(row, 'lineitemproductcode')} {_text(row, 'productproductname', 'productservicename')}"
    metered = f"{_text(row, 'lineitemusagetype')} {_text(row, 'lineitemlineitemdescription')}"
    if not is_ai(product, metered):
        yield _other(line)
        return
    names = (
        "billpayeraccountid", "lineitemusageaccountid", "lineitemproductcode", "lineitemusagetype",
        "lineitemoperation", "lineitemresourceid", "lineitemlineitemtype", "lineitemavailabilityzone",
        "productregion", "lineitemtaxtype",
    )  # fmt: skip
    yield from _line(
        row,
        "aws-cur",
        "aws",
        (row.get("lineitemusagestartdate"), row.get("lineitemusageenddate")),
        (
            row.get("lineitemunblendedcost"),
            currency_of(row.get("lineitemcurrencycode")),
            row.get("pricingpublicondemandcost"),
        ),
        tuple(_text(row, name) for name in names),
        line,
        kind=row.text("lineitemusagetype", "lineitemlineitemtype"),
        project=row.text("lineitemusageaccountname", "lineitemusageaccountid"),
    )


def _is_google(record: Mapping[str, Any]) -> bool:
    """A row of the billing export to BigQuery, as JSON."""
    if "usage_start_time" not in record or "cost" not in record:
        return False
    return all("description" in as_dict(record.get(name)) for name in ("service", "sku"))


def _read_google(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    """A row of Google's billing export: nested JSON, dotted columns, or the console's cost table.

    Credits stand beside the cost as negative amounts; what was billed is their sum.
    """
    row = Row(_flat(record))
    service, sku = _text(row, "servicedescription"), _text(row, "skudescription")
    if not is_ai(service, sku):
        yield _other(line)
        return
    cost, code = row.get("cost"), currency_of(row.get("currency"))
    for name, value in record.items():
        match = _COLUMN_OF_COST.fullmatch(str(name)[:32].lower())
        if match and (cost is None or "unrounded" in str(name).lower()):
            cost, code = value, currency_of(match[1])
    nano = money_nano(cost)
    yield from _line(
        row,
        "gcp-billing",
        "google",
        (row.get("usagestarttime", "usagestartdate"), row.get("usageendtime", "usageenddate")),
        (None if nano is None else _usd_text(nano + _credits(record)), code, row.get("costatlist")),
        (
            _text(row, "billingaccountid"), _text(row, "projectid"), _text(row, "serviceid"), sku,
            _text(row, "skuid"), _text(row, "locationregion", "locationlocation"), _text(row, "costtype"),
            _text(row, "credittype"), _text(row, "resourcename"),
        ),
        line,
        kind=sku or None,
        project=row.text("projectname", "projectid"),
    )  # fmt: skip


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Nested objects as dotted columns, one level deep."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            flat.update(
                (f"{name}.{inner}", found) for inner, found in value.items() if isinstance(inner, str)
            )
        elif isinstance(name, str):
            flat[name] = value
    return flat


def _credits(record: Mapping[str, Any]) -> int:
    given = record.get("credits")
    amounts = (one.get("amount") for one in given if isinstance(one, dict)) if isinstance(given, list) else ()
    return sum(money_nano(amount) or 0 for amount in amounts)


def _usd_text(nano: int) -> str:
    """An exact decimal text, which is what amounts are read from."""
    return f"{'-' if nano < 0 else ''}{abs(nano) // 10**9}.{abs(nano) % 10**9:09d}"


_EVIDENCE = "the vendor's column reference; not seen in a real export"

FORMATS = (
    StatementTable(
        id="focus",
        title="FOCUS billing data",
        evidence=_EVIDENCE,
        is_own=no_record,
        read=_read_focus,
        columns=(frozenset({"billedcost", "chargeperiodstart", "servicename"}),),
        rare=True,
    ),
    StatementTable(
        id="azure-cost",
        title="Azure Cost Management",
        evidence=_EVIDENCE,
        is_own=no_record,
        read=_read_azure,
        columns=tuple(
            frozenset({"metercategory", cost}) for cost in ("costinbillingcurrency", "cost", "pretaxcost")
        ),
        rare=True,
    ),
    StatementTable(
        id="aws-cur",
        title="AWS Cost and Usage Report",
        evidence=_EVIDENCE,
        is_own=no_record,
        read=_read_aws,
        columns=(frozenset({"lineitem/usagestartdate"}), frozenset({"line_item_usage_start_date"})),
        rare=True,
    ),
    StatementTable(
        id="gcp-billing",
        title="Google Cloud billing export",
        evidence=_EVIDENCE,
        is_own=_is_google,
        read=_read_google,
        columns=(
            frozenset({"service.description", "sku.description", "usage_start_time", "cost"}),
            frozenset({"service description", "sku description", "usage start date"}),
        ),
        rare=True,
    ),
)
