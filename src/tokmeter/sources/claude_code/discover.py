"""Where Claude Code keeps its transcripts and which files they are (docs/formats.md, Claude Code)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tokmeter.sources._base import Discovery, LogFile, PlaceProblem, Root, is_folder, walk

OVERRIDE = "CLAUDE_CONFIG_DIR"
DESKTOP = "local-agent-mode-sessions"
_DESKTOP_DEPTH = 8
_DESKTOP_SKIPPED = {"node_modules", ".git"}
_SPILLED = f"{os.sep}tool-results{os.sep}"
"""Tool output that was too long for the transcript stands there; it is not a log."""


def find_roots(env: Mapping[str, str], home: Path) -> list[Root]:
    """Folders to look in, each once. A root of `CLAUDE_CONFIG_DIR` that is not there says so by `exists`."""
    override = env.get(OVERRIDE, "").strip()
    config = Path(env.get("XDG_CONFIG_HOME", "").strip() or home / ".config")
    roots = _overridden(override, home) if override else _defaults(config, home)
    return _each_once(roots + _desktop(env, config, home))


def _overridden(value: str, home: Path) -> list[Root]:
    """The folders `CLAUDE_CONFIG_DIR` names: the whole value if that is a folder, else a comma list."""
    whole = _expand(value, home)
    names = [whole] if is_folder(whole) else [_expand(part, home) for part in _parts(value)]
    return [_root(name if name.name == "projects" else name / "projects", OVERRIDE) for name in names]


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _expand(text: str, home: Path) -> Path:
    """`text` as a path, a leading `~` being `home`."""
    if text == "~" or text.startswith(("~/", "~" + os.sep)):
        return home / text[2:]
    return Path(text)


def _defaults(config: Path, home: Path) -> list[Root]:
    return [
        _root(home / ".claude" / "projects", "default"),
        _root(config / "claude" / "projects", "default since mid-2025"),
    ]


def _desktop(env: Mapping[str, str], config: Path, home: Path) -> list[Root]:
    """Claude Desktop's local-agent mode; a place of another system is named only if it is there."""
    places = [
        (home / "Library" / "Application Support" / "Claude" / DESKTOP, sys.platform == "darwin"),
        (config / "Claude" / DESKTOP, sys.platform.startswith("linux")),
    ]
    if env.get("APPDATA"):
        places.append((Path(env["APPDATA"]) / "Claude" / DESKTOP, True))
    if env.get("LOCALAPPDATA"):
        packages = Path(env["LOCALAPPDATA"]) / "Packages"
        found = sorted({*packages.glob("Claude_*"), *packages.glob("*.Claude_*")})
        places += [(one / "LocalCache" / "Roaming" / "Claude" / DESKTOP, False) for one in found]
    roots = [(_root(path, "Claude Desktop"), expected) for path, expected in places]
    return [root for root, expected in roots if root.exists or expected]


def _root(path: Path, reason: str) -> Root:
    exists = is_folder(path)
    return Root(Path(os.path.realpath(path)) if exists else path, reason, exists)


def _each_once(roots: list[Root]) -> list[Root]:
    return list({root.path: root for root in reversed(roots)}.values())[::-1]


def find_logs(slug: str, roots: list[Root]) -> Discovery:
    """Transcripts below the roots, sorted by path; a folder that can't be read is a problem."""
    problems: list[PlaceProblem] = []
    logs: dict[str, LogFile] = {}
    for root in roots:
        if not root.exists:
            continue
        top = str(root.path.absolute())
        for folder in _projects_below(top, problems) if root.path.name == DESKTOP else (top,):
            for entry in walk(folder, (".jsonl",), problems):
                path = entry.path
                if _SPILLED in path:
                    continue
                try:
                    stat = entry.stat()
                except OSError as error:
                    problems.append(PlaceProblem("file-unreadable", path, error.strerror or ""))
                    continue
                logs[path] = LogFile(
                    slug, path, path, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
                )
    return Discovery([logs[path] for path in sorted(logs)], problems)


def _projects_below(top: str, problems: list[PlaceProblem]) -> Iterator[str]:
    """Folders named `projects` up to eight levels down; the sandboxes beside them hold much else."""
    level = [top]
    for _ in range(_DESKTOP_DEPTH):
        below = []
        for folder in level:
            try:
                with os.scandir(folder) as entries:
                    folders = [e for e in entries if e.is_dir(follow_symlinks=False)]
            except OSError as error:
                problems.append(PlaceProblem("folder-unreadable", folder, error.strerror or ""))
                continue
            for entry in folders:
                if entry.name == "projects":
                    yield entry.path
                elif entry.name not in _DESKTOP_SKIPPED:
                    below.append(entry.path)
        level = below
