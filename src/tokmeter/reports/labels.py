"""What assistants and projects are called on a page."""

from __future__ import annotations

from collections.abc import Iterable

TITLES = {
    "claude-code": "Claude Code",
    "codex": "Codex",
    "gemini-cli": "Gemini CLI",
    "opencode": "OpenCode",
    "history": "API histories",
    "mapped-csv": "CSV described by --map",
    "aider-chat": "Aider chat history",
    "anthropic-batch": "Anthropic batch results",
    "anthropic-cost": "Anthropic costs",
    "anthropic-cost-csv": "Anthropic Console costs (CSV)",
    "anthropic-usage": "Anthropic usage",
    "anthropic-usage-csv": "Anthropic Console usage (CSV)",
    "api-object": "API objects",
    "aws-cur": "AWS Cost and Usage Report",
    "azure-cost": "Azure Cost Management",
    "bedrock-log": "Amazon Bedrock invocation log",
    "chatgpt-export": "ChatGPT data export",
    "claude-export": "Claude.ai data export",
    "cli-telemetry": "Assistants' telemetry",
    "copilot-traces": "Copilot Chat span store",
    "focus": "FOCUS billing data",
    "gcp-billing": "Google Cloud billing export",
    "gemini-batch": "Gemini batch results",
    "har": "HTTP archive (HAR)",
    "helicone": "Helicone requests",
    "langfuse": "Langfuse observations",
    "litellm-daily": "LiteLLM spend by day",
    "litellm-slp": "LiteLLM standard logging payload",
    "litellm-spend": "LiteLLM spend log",
    "llm-db": "llm logs.db",
    "llm-json": "llm logs --json",
    "openai-batch": "OpenAI batch results",
    "openai-cost": "OpenAI costs",
    "openai-cost-csv": "OpenAI costs (CSV)",
    "openai-usage": "OpenAI usage",
    "openai-usage-csv": "OpenAI usage (CSV)",
    "openrouter-activity": "OpenRouter activity",
    "openrouter-activity-csv": "OpenRouter activity (CSV)",
    "openrouter-gen": "OpenRouter generation",
    "openrouter-log-csv": "OpenRouter log (CSV)",
    "otlp": "OpenTelemetry traces, logs and metrics",
    "portkey": "Portkey log export",
    "vcr": "VCR cassette",
}
"""Names of assistants, and the formats' own titles (a test holds them equal); others go by their slug."""

NO_PROJECT = "(no project)"
SHORT_ID = 8


def source_title(source: str) -> str:
    """`Claude Code`."""
    return TITLES.get(source, source)


def project_names(projects: Iterable[str]) -> dict[str, str]:
    """Path → the fewest last folders that tell it from the others: `api`, or `work/api` beside `old/api`."""
    paths = list(dict.fromkeys(projects))
    parts = {path: [part for part in path.replace("\\", "/").split("/") if part] for path in paths}
    names: dict[str, str] = {}
    depth = 1
    open_paths = paths
    while open_paths:
        tried = {path: "/".join(parts[path][-depth:]) for path in open_paths}
        counts: dict[str, int] = {}
        for name in tried.values():
            counts[name] = counts.get(name, 0) + 1
        rest = []
        for path, name in tried.items():
            if counts[name] == 1 or depth >= len(parts[path]):
                names[path] = name or (path or NO_PROJECT)
            else:
                rest.append(path)
        open_paths = rest
        depth += 1
    return names


def place(path: str, first: int = 0, last: int = 0, home: str = "") -> str:
    """`~/.codex/…/a.jsonl:7-9`: a path that can be pasted, what a terminal cannot show spelt out."""
    shown = path
    if home and path.startswith(home.rstrip("/") + "/"):
        shown = "~" + path[len(home.rstrip("/")) :]
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)
    if not first:
        return shown
    return f"{shown}:{first}" if first >= last else f"{shown}:{first}-{last}"


def short_ids(ids: list[str]) -> dict[str, str]:
    """Each id cut as short as it still tells itself from the others, and to no less than 8 characters."""
    ordered = sorted(set(ids))
    short = {}
    for n, text in enumerate(ordered):
        neighbours = ordered[max(0, n - 1) : n] + ordered[n + 1 : n + 2]
        length = max((_common(text, other) + 1 for other in neighbours), default=0)
        short[text] = text[: max(SHORT_ID, length)]
    return short


def _common(a: str, b: str) -> int:
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
