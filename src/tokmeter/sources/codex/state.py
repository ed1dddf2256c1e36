"""What a rollout's parser must remember between two readings of a growing file."""

from __future__ import annotations

import msgspec

from tokmeter.sources._base import StaleStateError
from tokmeter.sources.codex.lineage import Lineage
from tokmeter.sources.codex.lines import Vector

VERSION = 1
"""Raised with every change of meaning: state of another version is not used, the file is read anew."""


class State(msgspec.Struct, gc=False, array_like=True):
    """Everything that later lines depend on. `version` stays first, so that any version can be told."""

    version: int = VERSION
    own_id: str | None = None
    lineage: Lineage | None = None
    bare: bool = False
    """The format before 0.3x: no envelope, no tokens."""
    counted: bool = False
    """Own usage was found since the own region opened."""

    provider: str = "openai"
    model: str | None = None
    model_is_own: bool = False
    effort: str | None = None
    tier: str | None = None
    turn_id: str | None = None
    turns: int = 0
    """Turn contexts met: names a turn where the log does not."""
    unnumbered: int = 0
    """Token counts without totals in this turn."""

    parent_id: str | None = None
    root_id: str | None = None
    is_subagent: bool = False
    cwd: str | None = None
    branch: str | None = None
    client: str | None = None
    client_version: str | None = None

    last_ts: int | None = None
    previous: Vector | None = None
    seen: set[Vector] = msgspec.field(default_factory=set)
    numbers: dict[str, int] = msgspec.field(default_factory=dict)
    """How many of a kind of event were met: their keys hold the number."""
    windows: dict[str, tuple[float, int | None, str | None]] = msgspec.field(default_factory=dict)
    """The last snapshot by limit and window."""
    reached: dict[str, str] = msgspec.field(default_factory=dict)
    """The limit that is reached, by limit id."""


class _Head(msgspec.Struct, array_like=True):
    version: int


_encode = msgspec.msgpack.Encoder().encode
_head = msgspec.msgpack.Decoder(_Head).decode
_decode = msgspec.msgpack.Decoder(State).decode


def saved(state: State) -> bytes:
    """The state as bytes; half an emoji in a name, which is no UTF-8, must not cost the log its reading."""
    try:
        return _encode(state)
    except UnicodeEncodeError:
        return _encode(_without_surrogates(msgspec.to_builtins(state, builtin_types=(bytes,))))


def _without_surrogates(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_without_surrogates(item) for item in value]
    return value


def restored(data: bytes) -> State:
    """The state that `saved` wrote; raises StaleStateError for any other."""
    try:
        if _head(data).version != VERSION:
            raise StaleStateError
        return _decode(data)
    except msgspec.MsgspecError as error:
        raise StaleStateError from error
