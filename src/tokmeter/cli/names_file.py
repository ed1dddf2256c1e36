"""The names file: what TAB offers besides the words of tokmeter itself (docs/reference/completions.md).

One `kind<TAB>name` a line. Names are text out of logs: what could break a line or a terminal is left out
here, and the scripts quote whatever they insert.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tokmeter.integrations.prompt_line import replace_file
from tokmeter.ledger.store import Ledger
from tokmeter.metrics.known_names import KnownNames, known_names

FILE = "names"
"""Its name in the cache folder."""

LIMITS = {"model": 500, "project": 500, "folder": 500, "source": 50, "session": 200}
"""Kind → how many names of it are kept, in the order of the lines."""

LONGEST = 250
"""Characters; a longer name is nothing to complete."""


def write_names(ledger: Ledger, cache: Path) -> None:
    """Bring the names file in the folder `cache` up to date; untouched if nothing changed.

    Made whole under another name and renamed. A file that can't be written is no fault: TAB offers less.
    """
    text = names_text(known_names(ledger.connection, LIMITS["session"]))
    path = cache / FILE
    try:
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return
    except (OSError, ValueError):  # ValueError: not UTF-8; it is replaced
        pass
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(str(path), text)
    except OSError:
        return


def names_text(names: KnownNames) -> str:
    """The content of the file."""
    folders = [project.rstrip("/\\") or project for project in names.projects]
    found: dict[str, Iterable[str]] = {
        "model": names.models,
        "project": (folder.replace("\\", "/").rpartition("/")[2] for folder in folders),
        "folder": folders,
        "source": names.sources,
        "session": names.sessions,
    }
    return "".join(
        f"{kind}\t{name}\n" for kind, limit in LIMITS.items() for name in islice(_offered(found[kind]), limit)
    )


def _offered(names: Iterable[str]) -> Iterator[str]:
    """The names that can stand in a line of the file and on a command line, each once."""
    for name in dict.fromkeys(names):
        # No control, bidi or line-breaking characters; nothing that would be taken for a switch or a home.
        if name[:1] in ("", "-", "~") or len(name) > LONGEST:
            continue
        if name.isprintable() and name == name.strip():
            yield name
