"""Faults in the user's data, as values: what, where, and what to do. Nothing is dropped without one."""

from __future__ import annotations

import msgspec

# code → (severity, sentence, next step). Codes are part of the JSON contract; keys are added, never renamed.
CATALOGUE: dict[str, tuple[str, str, str]] = {
    "line-unreadable": ("warning", "a line is not valid JSON and was skipped", "tokmeter doctor -v"),
    "line-shape": ("warning", "a record has an unexpected shape and was skipped", "tokmeter doctor -v"),
    "count-invalid": (
        "warning",
        "a count is negative, fractional, huge or no number; taken as 0, or left out",
        "tokmeter doctor -v",
    ),
    "timestamp-missing": (
        "warning",
        "a record has no readable time; the one before it was used",
        "tokmeter doctor -v",
    ),
    "timestamp-implausible": (
        "warning",
        "a record claims a time before 2020 or in the future",
        "tokmeter doctor -v",
    ),
    "file-unreadable": ("warning", "a log could not be read", "check its permissions, then: tokmeter sync"),
    "folder-unreadable": (
        "warning",
        "a folder could not be read",
        "check its permissions, then: tokmeter sync",
    ),
    "root-missing": ("warning", "a configured place does not exist", "tokmeter paths"),
    "zstd-missing": (
        "warning",
        "a compressed log was skipped: no zstd support is installed",
        "pip install zstandard, then: tokmeter sync",
    ),
    "usage-record-gap": (
        "info",
        "usage records of a turn hold less than its token counts",
        "tokmeter doctor -v",
    ),
    "lost-lines": ("info", "a running total jumped: lines are missing from the log", "tokmeter doctor -v"),
    "fork-guessed": (
        "warning",
        "the end of a fork's copied history was guessed by time",
        "keep the parent's log beside it, then: tokmeter sync",
    ),
    "unknown-iteration": ("info", "an unknown kind of model iteration was not counted", "tokmeter doctor -v"),
    "unmetered": ("info", "a log holds no token counts", "tokmeter doctor -v"),
    "needs-tokenizing": (
        "info",
        "a record has no counts, and no text that could be counted",
        "tokmeter doctor -v",
    ),
    "key-collision": (
        "warning",
        "two responses share one identity hash; the later was not stored",
        "report this as a bug",
    ),
}


class Problem(msgspec.Struct, frozen=True, gc=False):
    """One fault, with its place. `detail` names fields and numbers only, never log text."""

    code: str
    source: str
    path: str
    line: int = 0
    detail: str = ""

    @property
    def severity(self) -> str:
        """`warning` when figures may be affected, else `info`."""
        return CATALOGUE[self.code][0]

    @property
    def sentence(self) -> str:
        """What happened, in words."""
        return CATALOGUE[self.code][1]

    @property
    def hint(self) -> str:
        """The next step."""
        return CATALOGUE[self.code][2]
