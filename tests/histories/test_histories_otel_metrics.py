"""Metrics of tokens become buckets; one test for each rule."""

from __future__ import annotations

from typing import Any

import pytest

from histories.gateway_rows import PLACE, TEN, buckets, read, reasons
from histories.otel_records import CHAT, metric, metrics, point, span, traces
from tokmeter.histories import otlp
from tokmeter.histories._record import Bucket, Tokens

[OTLP] = otlp.FORMATS
MINUTE = 60_000
USAGE = "gen_ai.client.token.usage"
OPENAI = {"gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5"}


def general(
    kind: str, sums: int, *, count: int = 2, start: int = TEN, end: int = TEN + MINUTE
) -> dict[str, Any]:
    return point(
        {"sum": float(sums), "count": str(count)}, OPENAI | {"gen_ai.token.type": kind}, start=start, end=end
    )


def totals(found: list[Bucket]) -> tuple[int, int]:
    return sum(bucket.tokens.input for bucket in found), sum(bucket.tokens.output for bucket in found)


def test_points_of_one_interval_that_differ_in_the_type_of_token_are_one_bucket() -> None:
    [bucket] = buckets(
        read(
            OTLP,
            metrics(
                metric(USAGE, general("input", 1000), general("output", 50), kind="histogram"), service="shop"
            ),
        )
    )

    assert Tokens(uncached_input=1000, output=50) == bucket.tokens
    assert (TEN, TEN + MINUTE, 2) == (bucket.start_ms, bucket.end_ms, bucket.requests)
    assert ("openai", "gpt-5", "shop", "otlp") == (
        bucket.provider,
        bucket.model,
        bucket.project,
        bucket.format,
    )
    assert bucket.key.startswith(f"b:otlp|{TEN}|{MINUTE}|gpt-5|")


def test_claude_codes_counters_and_cost_are_one_bucket() -> None:
    said = {"model": "claude-opus-4-6", "session.id": "s-1"}
    types = {"input": 10, "output": 800, "cacheRead": 90_000, "cacheCreation": 4_000}
    points = [point(value, said | {"type": name}) for name, value in types.items()]
    record = metrics(
        metric("claude_code.token.usage", *points),
        metric("claude_code.cost.usage", point(0.09005, said)),
        metric("claude_code.session.count", point(1, {})),
        service="claude-code",
    )
    [bucket] = buckets(read(OTLP, record))

    assert Tokens(uncached_input=10, cache_read=90_000, creation_5m=4_000, output=800) == bucket.tokens
    assert (90_050_000, "estimated", "USD") == (bucket.amount_nano, bucket.amount_kind, bucket.currency)
    assert ("anthropic", None) == (bucket.provider, bucket.project)


@pytest.mark.parametrize("temporality", [2, "AGGREGATION_TEMPORALITY_CUMULATIVE", None])
def test_of_a_cumulative_series_the_point_before_is_subtracted(temporality: Any) -> None:
    ends = {1: 100, 2: 150, 3: 150, 4: 400}
    records = [
        metrics(
            metric(
                USAGE,
                general("input", value, end=TEN + end * MINUTE),
                kind="histogram",
                temporality=temporality,
            )
        )
        for end, value in ends.items()
    ]
    found = buckets(read(OTLP, *records))

    assert [100, 50, 250] == [bucket.tokens.input for bucket in found]
    assert [(0, 1), (1, 2), (3, 4)] == [
        ((bucket.start_ms - TEN) // MINUTE, (bucket.end_ms - TEN) // MINUTE) for bucket in found
    ]


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ([(0, 1, 100), (0, 2, 30)], 130),
        ([(0, 1, 100), (1, 2, 30)], 130),
        ([(0, 2, 100), (0, 1, 30)], 100),
        ([(0, 1, 100), (0, 1, 100)], 100),
    ],
    ids=["a smaller value restarts", "another start restarts", "out of order", "twice"],
)
def test_a_cumulative_series_that_restarts_counts_from_zero(
    series: list[tuple[int, int, int]], expected: int
) -> None:
    records = [
        metrics(
            metric(
                USAGE,
                general("input", value, start=TEN + start * MINUTE, end=TEN + end * MINUTE),
                kind="histogram",
                temporality=2,
            )
        )
        for start, end, value in series
    ]

    assert (expected, 0) == totals(buckets(read(OTLP, *records)))


def test_deltas_are_added_and_one_exported_twice_counts_once() -> None:
    first = metrics(metric(USAGE, general("input", 100), kind="histogram"))
    second = metrics(
        metric(USAGE, general("input", 70, start=TEN + MINUTE, end=TEN + 2 * MINUTE), kind="histogram")
    )

    assert (170, 0) == totals(buckets(read(OTLP, first, second, first)))


def test_importing_again_gives_the_same_keys() -> None:
    record = metrics(metric(USAGE, general("input", 100), general("output", 5), kind="histogram"))

    assert read(OTLP, record) == read(OTLP, record)


def test_a_cumulative_series_goes_on_where_an_earlier_reading_ended() -> None:
    def record(end: int, value: int) -> dict[str, Any]:
        found = general("input", value, end=TEN + end * MINUTE)
        return metrics(metric(USAGE, found, kind="histogram", temporality=2))

    first = OTLP.reader(PLACE)
    list(first.feed(record(1, 100), 1))
    second = OTLP.reader(PLACE, first.state())
    items = [*second.feed(record(2, 160), 2), *second.finish()]

    assert (60, 0) == totals(buckets(items))


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(0, (0, 0)), (1, (1000, 0)), (-1, (1000, 0))],
    ids=["the same hour", "an hour later", "an hour before"],
)
def test_metrics_count_only_where_their_resource_had_no_call_in_the_hour(
    hours: int, expected: tuple[int, int]
) -> None:
    start = TEN + hours * 3_600_000
    usage = metrics(
        metric(USAGE, general("input", 1000, start=start, end=start + MINUTE), kind="histogram"),
        service="shop",
    )
    call = traces(span("a", CHAT), resource={"service.name": "shop"})
    other = traces(span("a", CHAT), resource={"service.name": "another"})

    assert expected == totals(buckets(read(OTLP, usage, call)))
    assert (1000, 0) == totals(buckets(read(OTLP, usage, other)))


def test_a_days_bucket_that_holds_a_call_is_ignored() -> None:
    day = TEN - TEN % 86_400_000
    usage = metrics(metric(USAGE, general("input", 9, start=day, end=day + 86_400_000), kind="histogram"))
    items = read(OTLP, usage, traces(span("a", CHAT)))

    assert [] == buckets(items)


def test_geminis_own_counter_wins_over_the_conventions() -> None:
    types = {"input": 1000, "output": 50, "thought": 30, "cache": 600, "tool": 5}
    points = [point(value, {"model": "gemini-3-pro", "type": name}) for name, value in types.items()]
    record = metrics(
        metric("gemini_cli.token.usage", *points),
        metric(USAGE, general("input", 1000), kind="histogram"),
        service="gemini-cli",
    )
    items = read(OTLP, record)
    [bucket] = buckets(items)

    assert Tokens(uncached_input=405, cache_read=600, output=80, reasoning=30) == bucket.tokens
    assert ["roll-up"] == reasons(items)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (point(-5, OPENAI | {"gen_ai.token.type": "input"}), "count-invalid"),
        (point(5, OPENAI | {"gen_ai.token.type": "other"}), "unknown-record"),
        ({"attributes": [], "asInt": "5"}, "no-time"),
    ],
    ids=["negative", "an unknown type", "no time"],
)
def test_a_point_that_cannot_be_read_is_said(found: dict[str, Any], reason: str) -> None:
    items = read(OTLP, metrics(metric(USAGE, found)))

    assert ([], [reason]) == (buckets(items), reasons(items))


def test_other_metrics_are_no_usage() -> None:
    items = read(OTLP, metrics(metric("http.server.duration", point(5, {}))))

    assert ([], ["no-usage"]) == (buckets(items), reasons(items))


def test_metrics_as_python_dumps_them_are_read() -> None:
    record = {
        "resource_metrics": [
            {
                "resource": {"attributes": {"service.name": "shop"}},
                "scope_metrics": [
                    {
                        "scope": {"name": "openai"},
                        "metrics": [
                            {
                                "name": USAGE,
                                "data": {
                                    "data_points": [
                                        {
                                            "attributes": OPENAI | {"gen_ai.token.type": "input"},
                                            "start_time_unix_nano": TEN * 1_000_000,
                                            "time_unix_nano": (TEN + MINUTE) * 1_000_000,
                                            "count": 2,
                                            "sum": 1000,
                                        }
                                    ],
                                    "aggregation_temporality": 2,
                                },
                            }
                        ],
                    }
                ],
            }
        ]
    }

    assert OTLP.claims(record)
    assert (1000, 0) == totals(buckets(read(OTLP, record)))
