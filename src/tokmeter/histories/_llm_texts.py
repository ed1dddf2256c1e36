"""The texts of `llm`'s calls without counts: rows from before counts were kept, or of plugins that give none.

`llm` sends the whole conversation again with every prompt, so earlier prompts and replies are input of the
next. Fragments, attachments and tools stand in tables of their own and are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tokmeter.histories._gateway import Row
from tokmeter.histories._texts import Texts

if TYPE_CHECKING:
    import sqlite3

LARGEST_TEXT = 16_000_000
"""Characters of a prompt or reply that is counted; a larger one holds files."""
MOST_EARLIER = 500
"""Exchanges of one conversation that are looked up for what was sent again."""

COLUMNS = ("prompt", "system", "response", "reasoning")
Earlier = Callable[[str, str], tuple[list[str], bool]]
"""Conversation and id of a call → the texts of the calls before it, and whether these are all."""


def asked(there: frozenset[str], table: str = "") -> list[tuple[str, str]]:
    """Columns with texts and the expression for each; null but for rows without counts."""
    counts = [name for name in ("input_tokens", "output_tokens") if name in there]
    lacking = " OR ".join(f"{table}{name} IS NULL" for name in counts) or "1"
    return [
        (name, f"CASE WHEN ({lacking}) AND {_is_text(table + name)} THEN {table}{name} END")
        for name in COLUMNS
        if name in there
    ]


def _is_text(column: str) -> str:
    """Whether a cell is text that is no file."""
    return f"typeof({column}) = 'text' AND length({column}) <= {LARGEST_TEXT}"


def row_texts(row: Row, *, has_input: bool, has_output: bool, earlier: Earlier | None) -> Texts | None:
    """What there is to count of a row; None if there is no text in it.

    Without `earlier` (the printed log) nothing is known of the conversation.
    """
    given: tuple[str, ...] | None = None
    is_whole = False
    if not has_input:
        conversation, own = row.text("conversationid"), row.text("id")
        before: list[str] = []
        if earlier is not None and own is not None:
            before, is_whole = earlier(conversation, own) if conversation else ([], True)
        sent = [row.get("system"), *before, row.get("prompt")]
        given = tuple(text for text in sent if isinstance(text, str) and text)
    reply, thinking = row.get("response"), row.get("reasoning")
    written = None if has_output else tuple(text for text in (reply,) if isinstance(text, str) and text)
    thoughts = (thinking,) if not has_output and isinstance(thinking, str) and thinking else ()
    if not (given or written or thoughts):
        return None
    return Texts(
        given=given or None,
        written=written,
        thinking=thoughts,
        is_partial=not has_input and not (is_whole and given),
    )


class Conversations:
    """The calls before one of its conversation, looked up when a row without counts asks for them."""

    def __init__(self, connection: sqlite3.Connection, there: frozenset[str]) -> None:
        self._connection = connection
        self._there = there
        self._ids: dict[str, list[str]] | None = None

    def __call__(self, conversation: str, own: str) -> tuple[list[str], bool]:
        """The prompts and replies before, oldest first, and whether these are all."""
        if not {"id", "conversation_id", "prompt", "response"} <= self._there:
            return [], False
        if self._ids is None:
            self._ids = self._found()
        before = [name for name in self._ids.get(conversation, ()) if name < own]
        kept = before[-MOST_EARLIER:]
        return [text for name in kept for text in self._texts(name)], len(kept) == len(before)

    def _found(self) -> dict[str, list[str]]:
        ids: dict[str, list[str]] = {}
        query = "SELECT id, conversation_id FROM responses WHERE conversation_id IS NOT NULL ORDER BY id"
        for name, conversation in self._connection.execute(query):
            if isinstance(name, str) and isinstance(conversation, str):
                ids.setdefault(conversation, []).append(name)
        return ids

    def _texts(self, name: str) -> Iterator[str]:
        columns = (f"CASE WHEN {_is_text(column)} THEN {column} END" for column in ("prompt", "response"))
        query = f"SELECT {', '.join(columns)} FROM responses WHERE id = ?"
        for values in self._connection.execute(query, (name,)):
            yield from (text for text in values if isinstance(text, str) and text)
