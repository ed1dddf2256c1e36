"""Which logs have anything new: one look at the disk, one look at the ledger's memory of files.

This runs at every report, so it imports nothing heavy and opens no log.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tokmeter.ledger.batch import clean
from tokmeter.ledger.cursors import KnownFile, known_files
from tokmeter.sources._base import Discovery, LogFile, PlaceProblem, Root, Source, is_folder


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look: the user's home, the environment that moves the assistants' folders, extra folders."""

    home: Path
    env: Mapping[str, str] = field(default_factory=dict)
    extra_roots: Mapping[str, list[Path]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Todo:
    """One log to read: on from the ledger's cursor, or from the start."""

    file: LogFile
    known_id: int | None
    rebuild: bool = False


@dataclass(slots=True)
class SourcePlan:
    """What one source needs."""

    source: Source
    roots: list[Root]
    discovery: Discovery
    todo: list[Todo]
    bytes_new: int
    siblings: dict[str, LogFile]


def plan_source(
    connection: sqlite3.Connection, source: Source, places: Places, *, verify: bool
) -> SourcePlan:
    """Discover the logs of one source and pick those that are new, grown, moved or rewritten."""
    roots = source.roots(places.env, places.home)
    roots.extend(
        Root(path, "configured", is_folder(path)) for path in places.extra_roots.get(source.slug, [])
    )
    discovery = source.discover([root for root in roots if root.exists])
    discovery.problems.extend(
        PlaceProblem("root-missing", str(root.path), root.reason)
        for root in roots
        if root.is_asked_for and not root.exists
    )
    discovery.problems.extend(_closed(roots, {problem.path for problem in discovery.problems}))
    known = known_files(connection, source.slug)
    todo, new_bytes = _changed(discovery.files, known, verify=verify)
    siblings: dict[str, LogFile] = {}
    waiting = {file.waiting_for for file in known.values() if file.waiting_for}
    if todo:
        siblings = {key: file for file in discovery.files if (key := source.sibling_id(file))}
        if waiting & siblings.keys():
            todo = _with_rebuilds(todo, discovery.files, known, siblings)
    return SourcePlan(source, roots, discovery, todo, new_bytes, siblings)


def _closed(roots: list[Root], told: set[str]) -> Iterator[PlaceProblem]:
    """Roots that may not be read, and folders behind which one may lie but that may not be entered."""
    for root in roots:
        folder = str(root.path if root.exists else root.path.parent)
        while not is_folder(folder) and folder != os.path.dirname(folder):  # noqa: PTH120 - a text is enough here
            folder = os.path.dirname(folder)  # noqa: PTH120 - the same
        wanted = os.R_OK | os.X_OK if root.exists else os.X_OK
        if folder not in told and not os.access(folder, wanted):
            told.add(folder)
            yield PlaceProblem("folder-unreadable", folder, "Permission denied")


def _changed(files: list[LogFile], known: Mapping[str, KnownFile], *, verify: bool) -> tuple[list[Todo], int]:
    """Logs whose size, time or place says that there is something to read."""
    todo = []
    new_bytes = 0
    for file in files:
        old = known.get(clean(file.identity))
        if old is None:
            todo.append(Todo(file, None))
            new_bytes += file.size
            continue
        same = (
            old.size == file.size
            and old.mtime_ns == file.mtime_ns
            and old.ino == file.ino
            and old.dev == file.dev
            and old.path == clean(file.path)
        )
        if verify or not same:
            todo.append(Todo(file, old.id))
            new_bytes += max(0, file.size - old.size)
    return todo, new_bytes


def _with_rebuilds(
    todo: list[Todo], files: list[LogFile], known: Mapping[str, KnownFile], siblings: Mapping[str, LogFile]
) -> list[Todo]:
    """Add the logs whose guess can now be settled, because the log they waited for has appeared."""
    rebuilt = {}
    for file in files:
        old = known.get(clean(file.identity))
        if old is not None and old.waiting_for in siblings:
            rebuilt[file.identity] = Todo(file, old.id, rebuild=True)
    return [item for item in todo if item.file.identity not in rebuilt] + list(rebuilt.values())
