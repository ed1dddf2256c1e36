"""What a transcript's path tells: for lines that do not name their session, agent or project themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from tokmeter.sources._fields import as_dict, as_text

_DESKTOP_MARK = "local-agent-mode-sessions"


class Place(NamedTuple):
    """Session, agent and project by path. `desktop_project` outranks what the lines say."""

    stem: str
    session_id: str
    agent_id: str | None
    slug: str | None
    desktop_project: str | None


def place_of(path: str) -> Place:
    """What `path` tells."""
    parts = path.replace("\\", "/").split("/")
    stem = parts[-1].removesuffix(".jsonl")
    agent = stem.removeprefix("agent-") if stem.startswith("agent-") else None
    below = parts[:-1]
    session = stem
    if agent is not None and "subagents" in below:
        session = below[_last(below, "subagents") - 1]
    slug = None
    if "projects" in below:
        at = _last(below, "projects")
        slug = below[at + 1] if at + 1 < len(below) else None
    desktop = _desktop_project(path) if _DESKTOP_MARK in below else None
    return Place(stem, session, agent, slug, desktop)


def _last(parts: list[str], name: str) -> int:
    """Where `name` stands last: a folder above the logs may be called the same."""
    return len(parts) - 1 - parts[::-1].index(name)


def _desktop_project(path: str) -> str | None:
    """The folder a person chose for a desktop session, else its title: the logged one is a sandbox."""
    for folder in Path(path).parents:
        if folder.name == _DESKTOP_MARK:
            break
        if folder.name.startswith("local_"):
            return _chosen(folder.with_name(folder.name + ".json"))
    return None


def _chosen(path: Path) -> str | None:
    try:
        about = as_dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return None
    folders = about.get("userSelectedFolders")
    first = as_text(folders[0]) if isinstance(folders, list) and folders else None
    return first or as_text(about.get("title"))
