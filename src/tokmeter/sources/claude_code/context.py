"""What all lines of one transcript share: its place, its clock, who asks, what went wrong, what is saved."""

from __future__ import annotations

import msgspec

from tokmeter.core.problem import Problem
from tokmeter.core.usage import OWNER_BACKGROUND, OWNER_FOREIGN_FILE, OWNER_SIDECHAIN, Origin
from tokmeter.sources._base import LogFile, StaleStateError
from tokmeter.sources._fields import EARLIEST_MS, LATEST_MS, Clock
from tokmeter.sources.claude_code.lines import Line
from tokmeter.sources.claude_code.place import place_of

STATE_VERSION = 1


class Asker(msgspec.Struct, gc=False):
    """Who wrote a line, and how good its claim is to own a response: the smallest rank wins."""

    origin: Origin
    rank: int


class State(msgspec.Struct, array_like=True):
    """What must be known to continue in the middle of a file."""

    version: int = STATE_VERSION
    last_ms: int = 0
    run: int = 0
    """How often user lines have come between responses: tells apart a gateway's equal ids."""
    interrupted: bool = True
    queued: list[str] = []
    """Hashes of queued prompts whose replay is no second prompt."""
    searches: list[str] = []
    """Ids of web searches whose result has not come."""


class Context:
    """Shared by the parts of the parser that read one file."""

    def __init__(self, file: LogFile, state: bytes | None) -> None:
        self.source = file.source
        self.path = file.path
        self.place = place_of(file.path)
        self.saved = _restore(state)
        self.problems: list[Problem] = []
        self._askers: dict[tuple[str | bool | None, ...], Asker] = {}
        self._asker_known: tuple[str | bool | None, ...] = ()
        self._asker: Asker | None = None
        self._without_time = file.mtime_ns // 1_000_000
        self._millis = Clock().millis
        self._last_ms = self.saved.last_ms

    def state(self) -> bytes:
        """The state after the lines read so far."""
        self.saved.last_ms = self._last_ms
        return msgspec.json.encode(self.saved)

    def asker(self, record: Line) -> Asker:
        """Who asked, one object for all lines that agree."""
        known = (
            record.session_id,
            record.cwd,
            record.git_branch,
            record.version,
            record.agent_id,
            record.is_sidechain,
            record.entrypoint,
            record.session_kind,
        )
        if (
            known == self._asker_known and self._asker is not None
        ):  # mostly: comparing is quicker than hashing
            return self._asker
        asker = self._askers.get(known)
        if asker is None:
            asker = self._askers[known] = Asker(self._origin(record), self._rank(record))
        self._asker_known = known
        self._asker = asker
        return asker

    def _origin(self, record: Line) -> Origin:
        place = self.place
        session = record.session_id or place.session_id
        return Origin(
            source=self.source,
            session_id=session,
            root_session_id=session,
            agent_id=record.agent_id or place.agent_id,
            project=place.desktop_project or record.cwd or place.slug,
            git_branch=record.git_branch or None,
            client=record.entrypoint or None,
            client_version=record.version or None,
        )

    def _rank(self, record: Line) -> int:
        place = self.place
        rank = OWNER_SIDECHAIN if record.is_sidechain else 0
        if record.session_kind == "bg":
            rank += OWNER_BACKGROUND
        if record.session_id != place.stem and (place.agent_id is None or record.agent_id != place.agent_id):
            rank += OWNER_FOREIGN_FILE
        return rank

    def time(self, text: str | None, number: int) -> int:
        """UTC milliseconds of a line; where it has none, those of the line before."""
        ms = self._millis(text)
        if ms is None:
            self.problem("timestamp-missing", number)
            return self._last_ms or self._without_time
        if not EARLIEST_MS <= ms < LATEST_MS:
            self.problem("timestamp-implausible", number)
        self._last_ms = ms
        return ms

    def note_time(self, text: str | None) -> None:
        """Remember the time of a line that tells nothing else."""
        ms = self._millis(text)
        if ms is not None:
            self._last_ms = ms

    def problem(self, code: str, number: int, detail: str = "") -> None:
        """Note a fault of one line; `detail` names a field, never its text."""
        self.problems.append(Problem(code, self.source, self.path, number, detail))


def _restore(state: bytes | None) -> State:
    """The saved state; a state of another version can't be continued."""
    if state is None:
        return State()
    try:
        saved = msgspec.json.decode(state, type=State)
    except msgspec.MsgspecError as error:
        raise StaleStateError from error
    if saved.version != STATE_VERSION:
        raise StaleStateError
    return saved
