"""What the path of a transcript tells."""

from __future__ import annotations

import pytest

from tokmeter.sources.claude_code.place import place_of


@pytest.mark.parametrize(
    ("path", "session", "agent", "slug"),
    [
        pytest.param("/home/ana/.claude/projects/-p/s1.jsonl", "s1", None, "-p", id="a session"),
        pytest.param(
            "/home/ana/.claude/projects/-p/s1/subagents/agent-a7.jsonl", "s1", "a7", "-p", id="a subagent"
        ),
        pytest.param(
            "/data/subagents/projects/-p/s1/subagents/agent-a7.jsonl",
            "s1",
            "a7",
            "-p",
            id="a folder above has the same name",
        ),
        pytest.param(
            "/home/projects/ana/projects/-p/s1/subagents/workflows/w1/agent-a7.jsonl",
            "s1",
            "a7",
            "-p",
            id="a workflow's",
        ),
        pytest.param(
            "C:\\Users\\ana\\.claude\\projects\\-p\\s1\\subagents\\agent-a7.jsonl",
            "s1",
            "a7",
            "-p",
            id="Windows",
        ),
    ],
)
def test_a_path_names_session_agent_and_project(
    path: str, session: str, agent: str | None, slug: str
) -> None:
    place = place_of(path)

    assert (session, agent, slug) == (place.session_id, place.agent_id, place.slug)
