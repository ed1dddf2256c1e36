"""Statements and chat exports with anything in any field: read or refused, never an exception, never a wrong row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from histories.gateway_rows import PLACE, rows
from histories.samples import RECORDS as RECORDS_OF_ALL
from histories.samples import TABLES
from tokmeter.histories import anthropic_usage, chat_exports, cloud_costs, openai_usage
from tokmeter.histories._format import Format
from tokmeter.histories._reasons import REASONS
from tokmeter.histories._record import Bucket, Call, Remark

FORMATS: tuple[Format, ...] = (
    *openai_usage.FORMATS, *anthropic_usage.FORMATS, *cloud_costs.FORMATS, *chat_exports.FORMATS,
)  # fmt: skip
FIELDS = (
    "object", "data", "results", "start_time", "end_time", "starting_at", "ending_at", "input_tokens", "model",
    "output_tokens", "amount", "currency", "cost_type", "uncached_input_tokens", "cache_creation", "usage_date_utc",
    "model_version", "usage_output_tokens", "cost_usd", "token_type", "start_time_iso", "amount_value", "line_item",
    "billedcost", "servicename", "chargeperiodstart", "metercategory", "cost", "lineitem/productcode", "service",
    "sku", "usage_start_time", "mapping", "current_node", "chat_messages", "uuid", "author", "content", "message",
    "create_time", "parent", "sender", "text", "credits", "value",
)  # fmt: skip
WORDS = st.sampled_from(
    ["page", "bucket", "organization.costs.result", "assistant", "Amazon Bedrock", "2026-03-31", "1774915200", "x\x1b[31m",
     "1e400", "NaN", "USD", "-1", "²", "", "a" * 5000]
)  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.just(10**4000) | st.just(1774915200)
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=25,
)
RECORDS = st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=12)


@pytest.mark.parametrize("format_", FORMATS, ids=[one.id for one in FORMATS])
@settings(max_examples=40)
@given(records=st.lists(RECORDS, max_size=3))
def test_no_record_raises_or_gives_what_the_contract_forbids(
    format_: Format, records: list[dict[str, Any]]
) -> None:
    reader = format_.reader(PLACE)
    found = []
    for number, record in enumerate(records, 1):
        format_.claims(record)
        found += list(reader.feed(record, number))
    found += list(reader.finish())

    for item in found:
        if isinstance(item, Remark):
            assert item.reason in REASONS
            continue
        texts = [value for value in (item.model, item.api_key, item.user, item.project) if value]
        assert all(text.isprintable() and len(text) <= 256 for text in texts)
        assert all(getattr(item.tokens, name) >= 0 for name in item.tokens.__struct_fields__)
        assert isinstance(item, Call) or (isinstance(item, Bucket) and item.start_ms < item.end_ms)


SOUND = [
    (format_, record)
    for format_ in FORMATS
    for record in (
        [record for name, _, record in RECORDS_OF_ALL if name == format_.id]
        or [rows(text)[0] for name, text in TABLES if name == format_.id]
    )
]


def replaced(value: Any, at: int, by: Any) -> Any:
    """`value` with its leaf number `at` (counted round) replaced."""
    count = iter(range(10**9))
    leaves = sum(1 for _ in walk(value))

    def copy(part: Any) -> Any:
        if isinstance(part, dict) and part:
            return {name: copy(inner) for name, inner in part.items()}
        if isinstance(part, list) and part:
            return [copy(inner) for inner in part]
        return by if next(count) == at % leaves else part

    return copy(value)


def walk(value: Any) -> Iterator[Any]:
    """Every leaf."""
    if isinstance(value, dict | list) and value:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from walk(inner)
    else:
        yield value


@pytest.mark.parametrize(("format_", "record"), SOUND, ids=[one.id for one, _ in SOUND])
@settings(max_examples=50)
@given(at=st.integers(0, 40), value=ANYTHING)
def test_a_sound_record_with_anything_in_one_place(format_: Format, record: Any, at: int, value: Any) -> None:
    reader = format_.reader(PLACE)
    broken = replaced(record, at, value)
    format_.claims(broken)
    found = [*reader.feed(broken, 1), *reader.finish()]

    assert all(item.reason in REASONS for item in found if isinstance(item, Remark))
    assert all(item.start_ms < item.end_ms for item in found if isinstance(item, Bucket))
