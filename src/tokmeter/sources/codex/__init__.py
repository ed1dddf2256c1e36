"""OpenAI Codex CLI: rollout logs below `$CODEX_HOME` (docs/formats.md).

Importing this package stays light: the parser and msgspec are imported when a file is to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tokmeter.sources._base import Discovery, LogFile, Root
from tokmeter.sources.codex import discover

if TYPE_CHECKING:
    from tokmeter.sources._base import LineParser
    from tokmeter.sources._content import ContentReader


class Codex:
    """The Codex CLI, its IDE extension, desktop app and everything else that shares its rollout store."""

    slug = "codex"
    title = "Codex"
    evidence = (
        "openai/codex protocol and rollout sources up to 0.159; real rollouts of 0.34 to 0.139; "
        "checked 2026-09"
    )

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """Codex homes: `CODEX_HOME` (one folder, or several joined by commas), else `~/.codex`."""
        return discover.roots(env, home)

    def discover(self, roots: list[Root]) -> Discovery:
        """Rollouts below `sessions` and `archived_sessions` of each home, sorted by path, each once."""
        return discover.discover(roots)

    def parser(self, file: LogFile, state: bytes | None, siblings: Mapping[str, LogFile]) -> LineParser:
        """A parser for one rollout, continuing from `state` if given."""
        from tokmeter.sources.codex.parser import RolloutParser  # noqa: PLC0415 - imports msgspec

        return RolloutParser(file, state, siblings)

    def content_reader(self, path: str) -> ContentReader:
        """A reader for the texts of one rollout."""
        from tokmeter.sources.codex.content import RolloutContent  # noqa: PLC0415 - imports msgspec

        return RolloutContent(path)

    def sibling_id(self, file: LogFile) -> str | None:
        """The thread id: forks and subagents name their parent by it."""
        return discover.thread_id(file)


SOURCE = Codex()
