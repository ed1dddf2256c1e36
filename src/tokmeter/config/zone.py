"""Which time zone days and weeks are cut in: the one asked for, else the system's."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from tokmeter.core.errors import UsageError

LOCALTIME = "/etc/localtime"
_UTC_NAMES = frozenset({"UTC", "Z", "GMT", "Etc/UTC"})


def find_zone(name: str | None, env: Mapping[str, str]) -> tzinfo:
    """The zone called `name`; with None the system's: `TZ`, then /etc/localtime, then its present offset."""
    if name is not None:
        return named_zone(name)
    return _from_tz_variable(env.get("TZ")) or _from_localtime(LOCALTIME) or _present_offset()


def named_zone(name: str) -> tzinfo:
    """The zone with this IANA name. UTC needs no zone data, which small containers lack."""
    if name in _UTC_NAMES:
        return UTC
    zone = _lookup(name)
    if zone is None:
        raise UsageError(
            f"There is no time zone called {name!r}.",
            "Use a name such as Europe/Berlin or UTC: tokmeter week --tz Europe/Berlin",
        )
    return zone


def zone_name(zone: tzinfo) -> str:
    """What to call the zone in reports: its IANA name, else its offset."""
    key = getattr(zone, "key", None)
    return key if isinstance(key, str) else str(zone.tzname(None) or zone)


def _lookup(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        return None
    except KeyError:
        return None


def _from_tz_variable(value: str | None) -> tzinfo | None:
    """The zone `TZ` names. POSIX rules such as `CET-1CEST` have no name: the offset answers for them."""
    if value is None:
        return None
    name = value.removeprefix(":")
    if not name or name in _UTC_NAMES:
        return UTC
    if name.startswith("/"):
        return _from_localtime(name)
    return _lookup(name) or _present_offset()


def _from_localtime(path: str) -> tzinfo | None:
    """The zone of a zone file: by the name in its real path, else by its content."""
    name = os.path.realpath(path).rpartition("/zoneinfo/")[2]
    if name in _UTC_NAMES:
        return UTC
    zone = _lookup(name) if name and not name.startswith("/") else None
    if zone is not None:
        return zone
    try:
        with Path(path).open("rb") as file:
            return ZoneInfo.from_file(file, key="local time")
    except (OSError, ValueError):
        return None


def _present_offset() -> tzinfo:
    """The offset in force now, which is all that is left to know."""
    return timezone(timedelta(seconds=time.localtime().tm_gmtoff))
