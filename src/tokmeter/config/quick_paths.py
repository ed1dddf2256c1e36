"""Our folders for the fast path: the same answers as `find_paths`, without pathlib or platformdirs.

Those two cost more than Python's own start. On Linux the rule is short (the XDG variables, else below the
home); everywhere else the usual way is asked. A test holds both equal.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def state_folder(env: Mapping[str, str]) -> str:
    """The folder of the prompt line and its lock."""
    base = _own_home(env)
    if base:
        return os.path.join(base, "state")
    return _xdg(env, "XDG_STATE_HOME", ".local/state") or _asked(env, "state")


def cache_folder(env: Mapping[str, str]) -> str:
    """The folder whose content can be deleted at any time."""
    base = _own_home(env)
    if base:
        return os.path.join(base, "cache")
    return _xdg(env, "XDG_CACHE_HOME", ".cache") or _asked(env, "cache")


def ledger_file(env: Mapping[str, str]) -> str:
    """The ledger."""
    own = env.get("TOKMETER_LEDGER")
    if own:
        return _absolute(own)
    base = _own_home(env)
    if base:
        return os.path.join(base, "ledger.db")
    folder = _xdg(env, "XDG_DATA_HOME", ".local/share")
    return os.path.join(folder, "ledger.db") if folder else _asked(env, "ledger")


def _own_home(env: Mapping[str, str]) -> str:
    """`TOKMETER_HOME` as an absolute path, '' if it is unset or empty."""
    home = env.get("TOKMETER_HOME")
    return _absolute(home) if home else ""


def _absolute(text: str) -> str:
    """As `Path.absolute`: a `..` stays, because behind a link it leads elsewhere than it seems.

    Raises RuntimeError, as `Path.expanduser`, for the home of nobody: it would become a folder called `~x`.
    """
    path = os.path.expanduser(text)
    if path.startswith("~"):
        raise RuntimeError(f"no home folder for {text}")
    return path if os.path.isabs(path) else os.path.join(os.getcwd(), path)


def _xdg(env: Mapping[str, str], variable: str, default: str) -> str:
    """The folder `tokmeter` below an XDG variable or its default; '' where this rule does not hold."""
    if sys.platform != "linux":
        return ""
    base = env.get(variable, "")
    if not base.strip():
        home = env.get("HOME", "")
        if not home.startswith("/"):
            return ""
        base = os.path.join(home, default)
    return os.path.join(base, "tokmeter") if base.startswith("/") else ""


def _asked(env: Mapping[str, str], name: str) -> str:
    from tokmeter.config.paths import find_paths  # noqa: PLC0415 - slow; see above

    return str(getattr(find_paths(env), name))
