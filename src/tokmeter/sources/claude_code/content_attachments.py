"""Attachment lines: which of them the model is shown, and the logged part of what it is shown.

The fixed words around them (reminders of a mode, of an unused tool) stand in the program, not in the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tokmeter.sources._fields import as_text, fixed_word
from tokmeter.sources.claude_code.content_tools import clean_path

Found = tuple[str, tuple[str, ...], str, str]
"""Kind, texts, path, server."""


class _Rule(NamedTuple):
    """Where the texts stand (names joined by dots, lists are walked through), and the path."""

    texts: tuple[str, ...]
    kind: str = "injected"
    path: tuple[str, ...] = ()


# A kind that is not here is shown to the person only (`hook_system_message`, `command_permissions`), or
# stands for fixed words (`plan_mode`, `auto_mode`, `date_change`), or is not known.
_RULES = {
    "agent_listing_delta": _Rule(("addedLines",)),
    "async_hook_response": _Rule(("response.systemMessage", "response.hookSpecificOutput.additionalContext")),
    "critical_system_reminder": _Rule(("content",)),
    "deferred_tools_delta": _Rule(("addedLines",)),
    "diagnostics": _Rule(("files.diagnostics.message",)),
    "directory": _Rule(("content",), "search_result", ("path",)),
    "edited_text_file": _Rule(("snippet",), "injected", ("filename",)),
    "file": _Rule(("content.file.content",), "file_read", ("filename", "content.file.filePath")),
    "hook_additional_context": _Rule(("content",)),
    "hook_blocking_error": _Rule(("blockingError.blockingError",)),
    "hook_stopped_continuation": _Rule(("message",)),
    "invoked_skills": _Rule(("skills.content",)),
    "mcp_instructions_delta": _Rule(("addedBlocks",)),
    "mcp_resource": _Rule(("content.contents.text",), "tool_output"),
    "nested_memory": _Rule(("content.content",), "injected", ("path", "content.path")),
    "new_file": _Rule(("content.file.content",), "file_read", ("filename", "content.file.filePath")),
    "plan_file_reference": _Rule(("planContent",), "injected", ("planFilePath",)),
    "relevant_memories": _Rule(("memories.content",)),
    "selected_lines_in_ide": _Rule(("content",), "injected", ("filename",)),
    "skill_listing": _Rule(("content",)),
    "task_reminder": _Rule(("content.subject",)),
    "task_status": _Rule(("description", "deltaSummary")),
    "teammate_mailbox": _Rule(("messages.text",)),
    "todo": _Rule(("content.content",)),
    "todo_reminder": _Rule(("content.content",)),
}
_SHOWN_HOOKS = frozenset(("SessionStart", "UserPromptSubmit"))
"""Events whose hook's plain output the model is shown; of other events it gets what a hook asks for only."""


def read_attachment(attachment: dict[str, Any]) -> Found | None:
    """What an attachment puts into the context; None for nothing. Queued prompts are not looked at here."""
    kind = attachment.get("type")
    if kind == "hook_success":
        shown = attachment.get("hookEvent") in _SHOWN_HOOKS
        content = as_text(attachment.get("content"))
        return ("injected", (content,), "", "") if shown and content else None
    rule = _RULES.get(kind) if isinstance(kind, str) else None
    if rule is None:
        return None
    texts = tuple(text for place in rule.texts for text in _strings(attachment, place.split(".")))
    if not texts and rule.kind == "injected":
        return None
    paths = [path for place in rule.path for path in _strings(attachment, place.split("."))]
    server = fixed_word(attachment.get("server")) or ""
    return rule.kind, texts, clean_path(paths[0]) if paths else "", server


def prompt_texts(attachment: dict[str, Any]) -> list[str]:
    """The texts of a queued prompt."""
    prompt = attachment.get("prompt")
    return list(_strings({"text": prompt}, ["text"] if isinstance(prompt, str) else ["text", "text"]))


def _strings(value: Any, names: list[str]) -> Iterator[str]:
    """The strings at the place `names` below `value`, in the order of the log."""
    if isinstance(value, list):
        for item in value:
            if not isinstance(item, list):
                yield from _strings(item, names)
    elif names:
        if isinstance(value, dict):
            yield from _strings(value.get(names[0]), names[1:])
    elif isinstance(value, str) and value:
        yield value
