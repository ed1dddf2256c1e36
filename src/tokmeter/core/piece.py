"""What a context is made of: the kinds of pieces that enter it, beside the counts that logs report."""

from __future__ import annotations

# Append only: the index is on disk.
PIECE_KINDS = (
    "user_text",  # what a person typed
    "file_read",  # a file's text, read by a tool
    "command_output",  # what a shell command printed
    "search_result",  # hits of a search in files or on the web, a fetched page
    "edit",  # text of a change: what the model wrote into a file, and what the tool answered
    "tool_output",  # the result of any other tool, MCP servers' among them
    "tool_call",  # what the model called any other tool with
    "assistant_text",
    "thinking",  # as far as its text was logged
    "summary",  # what a compaction left in place of what was there
    "injected",  # put in by the assistant itself: reminders, instructions files, environment
    "compaction",  # no text: everything before it left the context
)

COMPACTION = PIECE_KINDS.index("compaction")
THINKING = PIECE_KINDS.index("thinking")
USER_TEXT = PIECE_KINDS.index("user_text")
