"""Real OpenTelemetry files, against a recount of their raw JSON or rows by a simpler method."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from histories.gateway_rows import PLACE, calls, reasons
from tokmeter.histories import otlp
from tokmeter.histories._detect import read_history
from tokmeter.histories._record import Call, Item

[OTLP] = otlp.FORMATS


def items_of(path: Path) -> list[Item]:
    return [item for _, item in read_history(path)]


def sums(found: list[Call]) -> tuple[int, int, int, int]:
    return (
        len(found),
        sum(call.tokens.input for call in found),
        sum(call.tokens.cache_read for call in found),
        sum(call.tokens.output for call in found),
    )


def test_traces_without_a_model_are_two_lines_without_usage(corpus: Path) -> None:
    path = corpus / "traces" / "otel" / "test-traces.json"

    assert "gen_ai" not in path.read_text()
    assert ["no-usage"] * 2 == reasons(items_of(path))


@pytest.mark.parametrize("number", [1, 2])
def test_visual_studios_traces_hold_agents_and_tools_but_no_counts(corpus: Path, number: int) -> None:
    path = corpus / "vs-copilot" / f"sample-{number}_VSGitHubCopilot_traces.jsonl"
    text = path.read_text()

    assert "usage" not in text
    assert ["no-usage"] * len(text.splitlines()) == reasons(items_of(path))


def test_copilots_span_store_counts_its_chats_and_not_its_agents(corpus: Path) -> None:
    path = corpus / "vscode-copilot" / "User" / "globalStorage" / "github.copilot-chat" / "traces.db"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        chats = connection.execute(
            "SELECT count(*), sum(input_tokens), sum(cached_tokens), sum(output_tokens) FROM spans"
            " WHERE operation_name = 'chat'"
        ).fetchone()
    items = items_of(path)
    found = calls(items)

    # 35,515 + 34,076 + 1,048 + 1,032 in; of these 20,736 + 19,456 + 271 cached; 729 + 177 + 165 + 625 out.
    assert (9, 71_671, 40_463, 1_696) == chats
    assert chats == sums(found)
    assert ["roll-up", "roll-up"] == reasons(items)
    assert {"github-copilot"} == {call.provider for call in found}
    assert {"copilot-traces"} == {call.format for call in found}
    assert {"vscode-copilot"} == {call.client for call in found}
    assert {None} == {call.provider_ref for call in found}
    assert 9 == len({call.key for call in found})


def test_copilots_calls_belong_to_the_chat_not_to_the_request(corpus: Path) -> None:
    path = corpus / "vscode-copilot" / "User" / "globalStorage" / "github.copilot-chat" / "traces.db"
    found = [
        call for call in calls(items_of(path)) if call.conversation == "48eb5d32-e8f9-4528-b791-92cec0da9dce"
    ]

    # Both calls of the turn share a request id; the title's call names the chat as its parent.
    assert [17_414, 18_101, 270] == sorted(
        (call.tokens.input for call in found), key=lambda n: (n < 1_000, n)
    )
    assert {"master"} == {call.git_branch for call in found}


# Traces as Langfuse received them keep each span's own attributes. (calls, input, output), of spans with counts.
REBUILT = {
    "crewai-2025-07-11": (1, 190, 164),
    "google-adk-2025-08-28": (2, 39 + 28, 6 + 3),
    "microsoft-agent-2025-12-17": (2, 77 + 216, 86 + 20),
    "pydantic-ai-2025-06-06": (1, 31, 96),
    "pydantic-ai-tools-2025-12-04": (4, 417 + 131 + 502 + 265, 53 + 69 + 14 + 73),
    "vercel-aisdk-2025-11-17": (1, 62, 85),
}


@pytest.mark.parametrize("name", REBUILT)
def test_spans_of_agent_frameworks_count_what_langfuse_counts_as_generations(corpus: Path, name: str) -> None:
    document = json.loads((corpus / "traces" / "langfuse" / f"{name}.trace.json").read_text())
    observations = document["observations"]
    above = {item["parentObservationId"] for item in observations if item["type"] == "GENERATION"}
    leaves = [item for item in observations if item["type"] == "GENERATION" and item["id"] not in above]
    usage = [item["usageDetails"] for item in leaves]
    reader = OTLP.reader(PLACE)
    items: list[Item] = []
    for line, item in enumerate(observations, 1):
        assert OTLP.claims(rebuilt(item))
        items.extend(reader.feed(rebuilt(item), line))
    items.extend(reader.finish())
    calls_in_out = (len(calls(items)), sums(calls(items))[1], sums(calls(items))[3])

    assert REBUILT[name] == (
        len(usage),
        sum(one["input"] for one in usage),
        sum(one["output"] for one in usage),
    )
    assert REBUILT[name] == calls_in_out


def rebuilt(observation: dict[str, Any]) -> dict[str, Any]:
    """The span that an observation was made of."""
    metadata = observation.get("metadata") or {}
    metadata = json.loads(metadata) if isinstance(metadata, str) else metadata
    return {
        "traceId": observation["traceId"],
        "spanId": observation["id"],
        "parentSpanId": observation.get("parentObservationId"),
        "name": observation.get("name") or "",
        "startTime": observation["startTime"],
        "endTime": observation.get("endTime"),
        "attributes": metadata.get("attributes") or {},
    }
