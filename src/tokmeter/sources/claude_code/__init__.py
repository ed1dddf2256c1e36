"""Claude Code: transcripts below `projects/`, one JSON record a line (docs/formats.md)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tokmeter.sources._base import Discovery, LineParser, LogFile, Root
from tokmeter.sources._content import ContentReader
from tokmeter.sources.claude_code import discover as places


class ClaudeCode:
    """The Claude Code adapter; importing it costs nothing, the parser comes when there is a log to read."""

    slug = "claude-code"
    title = "Claude Code"
    evidence = "undocumented; logs of versions 0.2 to 2.1 and issue threads, checked 2026-11"

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """Folders to look in: `CLAUDE_CONFIG_DIR` or the two defaults, then Claude Desktop's sessions."""
        return places.find_roots(env, home)

    def discover(self, roots: list[Root]) -> Discovery:
        """Every transcript below the roots, sorted by path, each once."""
        return places.find_logs(self.slug, roots)

    def parser(self, file: LogFile, state: bytes | None, siblings: Mapping[str, LogFile]) -> LineParser:  # noqa: ARG002 - the contract; lines of this format explain themselves
        """A parser for `file`, continuing from `state` if given."""
        from tokmeter.sources.claude_code.parser import Parser  # noqa: PLC0415 - brings msgspec, read only then

        return Parser(file, state)

    def sibling_id(self, file: LogFile) -> str | None:  # noqa: ARG002 - the contract
        """No log of this assistant refers to another one."""
        return None

    def content_reader(self, path: str) -> ContentReader:
        """A reader of the texts in the log at `path`."""
        from tokmeter.sources.claude_code.content import Reader  # noqa: PLC0415 - read only when measuring

        return Reader(path)


SOURCE = ClaudeCode()
