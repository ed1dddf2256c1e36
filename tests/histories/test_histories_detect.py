"""Every format is recognised by itself, however its file is laid out and packed."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from histories.samples import CHAT, MESSAGE, RECORDS, RESPONSE, TABLES
from tokmeter.histories._detect import read_contents, read_history
from tokmeter.histories._format import Format, Place
from tokmeter.histories._formats import LAST, ORDER, all_formats, format_named
from tokmeter.histories._recognise import Recogniser
from tokmeter.histories._record import Call, Item, Remark

KNOWN = {format_.id for format_ in all_formats()}


def reversed_keys(value: Any) -> Any:
    """The same value with the members of every object the other way round."""
    if isinstance(value, dict):
        return {name: reversed_keys(value[name]) for name in reversed(value)}
    return [reversed_keys(element) for element in value] if isinstance(value, list) else value


def rotated_keys(value: Any) -> Any:
    """The same value with every object beginning in its middle."""
    if isinstance(value, dict):
        names = list(value)
        half = len(names) // 2
        return {name: rotated_keys(value[name]) for name in names[half:] + names[:half]}
    return [rotated_keys(element) for element in value] if isinstance(value, list) else value


def as_lines(record: Any) -> bytes:
    return b"".join(
        json.dumps(one).encode() + b"\n" for one in (record, reversed_keys(record), rotated_keys(record))
    )


def pretty(record: Any) -> bytes:
    return json.dumps(record, indent=2).encode()


LAYOUTS: dict[str, Callable[[Any], bytes]] = {
    "one document": lambda record: json.dumps(record).encode(),
    "a pretty document": pretty,
    "lines, keys in any order": as_lines,
    "an array": lambda record: json.dumps([record, rotated_keys(record)]).encode(),
    "objects one after another": lambda record: pretty(record) + b"\n" + pretty(reversed_keys(record)),
    "objects with commas between": lambda record: pretty(record) + b",\n" + pretty(rotated_keys(record)),
    "a BOM": lambda record: b"\xef\xbb\xbf" + as_lines(record),
    "CRLF": lambda record: as_lines(record).replace(b"\n", b"\r\n"),
    "pretty with CRLF and a BOM": lambda record: b"\xef\xbb\xbf" + pretty(record).replace(b"\n", b"\r\n"),
    "UTF-16": lambda record: as_lines(record).decode().encode("utf-16"),
    "gzip": lambda record: gzip.compress(as_lines(record)),
    "zstd of a pretty document": lambda record: zstandard.compress(pretty(record)),
}


def formats_found(data: bytes) -> set[str | None]:
    return {format_.id if format_ else None for format_, _ in read_history(io.BytesIO(data), name="history")}


def there(name: str) -> None:
    if name not in KNOWN:
        pytest.skip(f"no reader of {name} yet")


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize(
    ("name", "record"),
    [(name, record) for name, _, record in RECORDS],
    ids=[f"{name}: {what}" for name, what, _ in RECORDS],
)
def test_a_record_is_recognised_in_every_layout(
    name: str, record: Any, layout: Callable[[Any], bytes]
) -> None:
    there(name)

    assert {name} == formats_found(layout(record))


TABLE_LAYOUTS: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "a BOM": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "capitals": lambda text: (
        text.partition("\n")[0].upper().encode() + b"\n" + text.partition("\n")[2].encode()
    ),
    "UTF-16": lambda text: text.encode("utf-16"),
    "gzip": lambda text: gzip.compress(text.encode()),
}


@pytest.mark.parametrize("layout", TABLE_LAYOUTS.values(), ids=TABLE_LAYOUTS)
@pytest.mark.parametrize(("name", "text"), TABLES, ids=[name for name, _ in TABLES])
def test_a_table_is_recognised_by_its_header(name: str, text: str, layout: Callable[[str], bytes]) -> None:
    there(name)

    assert {name} == formats_found(layout(text))


@pytest.mark.parametrize(("name", "text"), TABLES, ids=[name for name, _ in TABLES])
def test_columns_may_stand_in_another_order_and_new_ones_may_come(name: str, text: str) -> None:
    there(name)
    header = text.partition("\n")[0].split(",")
    moved = ",".join([*reversed(header), "a_new_column"])

    names = frozenset(moved.lower().split(","))

    first = next(format_.id for format_ in all_formats() if format_.claims_header(names))

    assert name == first


def test_every_format_has_a_name_a_title_and_evidence_of_its_own() -> None:
    formats = all_formats()

    assert len(formats) == len({format_.id for format_ in formats})
    assert all(format_.title and format_.evidence and isinstance(format_.rare, bool) for format_ in formats)


def test_formats_are_asked_from_the_special_to_the_general() -> None:
    ids = [format_.id for format_ in all_formats()]

    assert [name for name in ORDER if name in ids] == [name for name in ids if name in ORDER]
    assert list(LAST) == ids[-len(LAST) :]


def test_of_records_two_formats_could_read_the_more_special_one_has_them() -> None:
    """A batch's line holds a whole API object, which alone would be nobody's batch."""
    batch = {"custom_id": "row-7", "response": {"status_code": 200, "body": CHAT}, "error": None}
    data = b"".join(json.dumps(one).encode() + b"\n" for one in [CHAT] * 30 + [batch] + [CHAT] * 5)

    found = [format_.id for format_, _ in read_history(io.BytesIO(data)) if format_]

    assert ["api-object"] * 30 + ["openai-batch"] + ["api-object"] * 5 == found


def test_a_mixed_log_is_read_record_by_record_and_the_unknown_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mixed.log"
    spend = next(record for name, _, record in RECORDS if name == "litellm-spend")
    other = {"level": "info", "msg": "started", "ana@example.com": 1}
    path.write_text(
        "".join(json.dumps(one) + "\n" for one in [other, CHAT, spend, "text", CHAT, [1], MESSAGE])
    )

    found = [
        (format_.id if format_ else None, item.reason if isinstance(item, Remark) else "call", item.line)
        for format_, item in read_history(path)
    ]

    expected = [
        (None, "unknown-record", 1),
        ("api-object", "call", 2),
        ("litellm-spend", "call", 3),
        (None, "unknown-record", 4),
        ("api-object", "call", 5),
        (None, "unknown-record", 6),
        ("api-object", "no-time", 7),
        ("api-object", "call", 7),
    ]
    assert expected == sorted(found, key=lambda one: (one[2], one[1] == "call"))
    assert "keys level, msg, ?" == next(
        item.detail for _, item in read_history(path) if isinstance(item, Remark)
    )


def test_calls_that_come_late_in_a_log_are_found(tmp_path: Path) -> None:
    """What the first 20 records are settles nothing for the others."""
    path = tmp_path / "late.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in [{"level": "info"}] * 200 + [CHAT]))

    assert 1 == sum(isinstance(item, Call) for _, item in read_history(path))


@pytest.mark.parametrize("name", ["data", "items", "results", "records"])
def test_an_answer_that_carries_a_list_is_looked_into(name: str) -> None:
    """The listing of stored completions, the export of a query."""
    data = json.dumps(
        {"object": "list", name: [CHAT, {"other": 1}, RESPONSE], "has_more": False}, indent=1
    ).encode()

    found = [
        (format_.id if format_ else None, type(item)) for format_, item in read_history(io.BytesIO(data))
    ]

    assert [("api-object", Call), (None, Remark), ("api-object", Call)] == found


def test_a_line_may_hold_a_list_of_records() -> None:
    data = json.dumps([CHAT, RESPONSE]).encode() + b"\n" + json.dumps([MESSAGE]).encode() + b"\n"

    assert [1, 1, 2] == [item.line for _, item in read_history(io.BytesIO(data)) if isinstance(item, Call)]


STREAM = (
    'event: message_start\ndata: {"type":"message_start","message":' + json.dumps(MESSAGE) + "}\n\n"
    'event: ping\ndata: {"type": "ping"}\n\n'
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n'
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":420}}\n\n'
    'event: message_stop\ndata: {"type":"message_stop"}\n\n'
)  # fmt: skip


def test_a_captured_stream_is_one_call_per_message() -> None:
    """30,012 of input from the start, 420 of output from the last count; the second message repeats the first."""
    found = list(read_history(io.BytesIO((STREAM * 2).encode()), name="capture.sse"))
    calls = [item for _, item in found if isinstance(item, Call)]

    assert [(12, 30_000, 420)] * 2 == [
        (call.tokens.uncached_input, call.tokens.cache_read, call.tokens.output) for call in calls
    ]
    assert {"api-object"} == {format_.id for format_, _ in found if format_}


def test_a_format_asked_for_reads_what_it_would_not_claim() -> None:
    data = json.dumps({"anything": 1}).encode()

    found = [
        (format_.id if format_ else None, item.reason)
        for format_, item in read_history(io.BytesIO(data), format="api-object")
        if isinstance(item, Remark)
    ]

    assert [("api-object", "unknown-record")] == found


def test_a_format_that_does_not_exist_is_a_sentence_with_those_that_do() -> None:
    with pytest.raises(ValueError, match=r"There is no format 'nonsense'; there are: .*api-object"):
        format_named("nonsense")
    with pytest.raises(ValueError, match="There is no format"):
        list(read_history(io.BytesIO(b"{}"), format="nonsense"))


def test_a_format_for_tests_is_read_only_if_asked_for() -> None:
    there("vcr")
    tape = {
        "interactions": [
            {
                "request": {
                    "method": "POST",
                    "uri": "https://api.openai.com/v1/chat/completions",
                    "body": {"string": "{}"},
                },
                "response": {"status": {"code": 200}, "body": {"string": json.dumps(CHAT)}},
                "recorded_at": "Tue, 03 Feb 2026 10:00:00 GMT",
            }
        ]
    }
    data = json.dumps(tape).encode()

    unasked = list(read_history(io.BytesIO(data)))
    asked = list(read_history(io.BytesIO(data), format="vcr"))

    assert ["opt-in"] == [item.reason for _, item in unasked if isinstance(item, Remark)]
    assert [] == [item for _, item in unasked if isinstance(item, Call)]
    assert [1_000] == [item.tokens.input for _, item in asked if isinstance(item, Call)]


def test_a_database_is_recognised_by_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "logs.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);"
        "CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, response TEXT,"
        " response_json TEXT, conversation_id TEXT, duration_ms INTEGER, datetime_utc TEXT,"
        " input_tokens INTEGER, output_tokens INTEGER, token_details TEXT);"
        "INSERT INTO responses (id, model, datetime_utc, input_tokens, output_tokens)"
        " VALUES ('01jk40qkxetedzpf1zd8k9bgww', 'gpt-5', '2026-02-03T10:00:00+00:00', 900, 300);"
    )
    connection.close()

    found = [(format_.id if format_ else None, item) for format_, item in read_history(path)]

    assert [("llm-db", 900, 300)] == [
        (name, item.tokens.input, item.tokens.output) for name, item in found if isinstance(item, Call)
    ]


def test_contents_are_told_apart_by_file() -> None:
    data = json.dumps(CHAT).encode()

    contents = [
        (content.place.name, content.kind, len(list(content.found)))
        for content in read_contents(io.BytesIO(data), name="a.json")
    ]

    assert [("a.json", "json-records", 1)] == contents


def cut(values: list[Any], at: int) -> list[Item]:
    """What two readings give, the second going on from the state of the first."""
    place = Place("log", 0)
    items: list[Item] = []
    state = b""
    for part, offset in ((values[:at], 0), (values[at:], at)):
        recogniser = Recogniser(all_formats(), place, state)
        for number, value in enumerate(part, offset + 1):
            items.extend(item for _, item in recogniser.feed_line(json.dumps(value).encode(), number))
        state = recogniser.state()
    items.extend(item for _, item in recogniser.finish())
    return items


def events() -> Iterator[Any]:
    for line in STREAM.splitlines():
        if line.startswith("data: "):
            yield json.loads(line[6:])


def test_a_reading_goes_on_where_it_ended_even_within_a_stream() -> None:
    values = [CHAT, *events(), RESPONSE] + [CHAT] * 25
    whole = cut(values, len(values))

    assert whole
    assert all(whole == cut(values, at) for at in range(len(values)))


@pytest.mark.parametrize("state", [b"nonsense", b"{}", b"[]", b'["", {"api-object": 1}]', b"\xff"])
def test_a_state_that_makes_no_sense_is_a_fresh_start(state: bytes) -> None:
    recogniser = Recogniser(all_formats(), Place("log", 0), state)

    assert [Call] == [type(item) for _, item in recogniser.feed(CHAT, 1)]


def test_a_format_that_nests_too_deep_for_itself_ends_one_record_only() -> None:
    class Walker:
        """Walks a record by calling itself."""

        id = "walker"
        title = evidence = "x"
        rare = False

        def claims(self, record: Any) -> bool:
            return "walk" in record

        def claims_header(self, names: frozenset[str]) -> bool:
            return not names

        def reader(self, place: Place, state: bytes = b"") -> Any:
            del place, state
            return self

        def feed(self, record: Any, line: int) -> Iterator[Item]:
            def depth(value: Any) -> int:
                return 1 + depth(value["walk"]) if isinstance(value, dict) else 0

            for _ in range(depth(record)):
                yield Call(key="k", ts=0, format="walker", model="m", line=line)
                return

        def finish(self) -> Iterator[Item]:
            return iter(())

        def state(self) -> bytes:
            return b""

    deep: Any = 1
    for _ in range(5_000):
        deep = {"walk": deep}
    formats: list[Format] = [Walker()]
    recogniser = Recogniser(formats, Place("log", 0))

    found = [item for record in (deep, {"walk": 1}) for _, item in recogniser.feed(record, 1)]

    assert [Remark, Call] == [type(item) for item in found]
