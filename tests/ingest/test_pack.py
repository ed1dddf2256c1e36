"""Readings become rows: what SQLite and other processes can hold."""

from __future__ import annotations

from tokmeter.core.event import Event
from tokmeter.core.identity import entry_hash, event_hash
from tokmeter.core.usage import Entry, Origin, Sku
from tokmeter.ingest.pack import Packer
from tokmeter.ledger.batch import EntryRow, EventRow, FileRow
from tokmeter.sources._base import LogFile, Parsed
from tokmeter.sources._jsonl import Cursor, Reading

ORIGIN = Origin("codex", "s1")
SKU = Sku("openai", "gpt-5", "gpt-5")


def reading(**found: object) -> Reading:
    file = LogFile("codex", "x", "/logs/x.jsonl", 1, 1, 10, 0)
    return Reading(file, Cursor(), Parsed(**found))  # type: ignore[arg-type]


def test_rows_carry_the_hashes_that_identity_defines() -> None:
    entries = [Entry(key=key, ts=1, origin=ORIGIN, sku=SKU) for key in ("m:1", "m:é")]
    events = [
        Event(kind="tool_call", key=key, ts=1, origin=ORIGIN, entry_key=caller)
        for key, caller in (("t:1", "m:1"), ("t:é", "m:é"), ("t:2", "m:elsewhere"), ("t:3", None))
    ]
    packer = Packer()
    packer.add(reading(entries=entries, events=events))
    batch = packer.take()

    assert [entry_hash("m:1"), entry_hash("m:é")] == [EntryRow(*row).hash for row in batch.entries]
    assert [event_hash("tool_call", key) for key in ("t:1", "t:é", "t:2", "t:3")] == [
        EventRow(*row).hash for row in batch.events
    ]
    assert [entry_hash("m:1"), entry_hash("m:é"), entry_hash("m:elsewhere"), None] == [
        EventRow(*row).entry_hash for row in batch.events
    ]


def test_equal_origins_of_several_logs_are_sent_once() -> None:
    packer = Packer()
    for key in ("m:1", "m:2"):
        packer.add(reading(entries=[Entry(key=key, ts=1, origin=Origin("codex", "s1"), sku=SKU)]))

    assert 1 == len(packer.take().origins)


def test_an_unknown_kind_with_half_an_emoji_in_its_name_is_kept_as_text() -> None:
    packer = Packer()
    packer.add(reading(unknown={"event_msg/\ud83d": 1}))
    row = FileRow(*packer.take().files[0])

    assert row.unknown_types is not None
    assert row.unknown_types.encode().startswith(b'{"event_msg/')
