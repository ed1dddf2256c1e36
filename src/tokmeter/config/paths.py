"""Where tokmeter's own files lie. The only module that knows directories.

Platform default < `TOKMETER_HOME` (one folder for everything) < `TOKMETER_CONFIG`, `TOKMETER_LEDGER`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tokmeter.core.errors import SettingsError

APP = "tokmeter"


class Paths(NamedTuple):
    """Every file and folder of ours."""

    config: Path
    """`config.toml`; may be absent."""
    ledger: Path
    """`ledger.db`; made by the first sync."""
    state: Path
    """Folder of the prompt line and the like."""
    cache: Path
    """Folder whose content can be deleted at any time."""

    @property
    def recorded(self) -> Path:
        """Folder of the calls that programs recorded themselves: beside the ledger."""
        return self.ledger.with_name("recorded")

    @property
    def prices(self) -> Path:
        """The user's own price file unless the config names another: beside the config."""
        return self.config.with_name("prices.toml")


def find_paths(env: Mapping[str, str]) -> Paths:
    """Our files under this environment. Creates nothing. An empty variable counts as unset."""
    home = env.get("TOKMETER_HOME")
    own_config = env.get("TOKMETER_CONFIG")
    own_ledger = env.get("TOKMETER_LEDGER")
    if home:
        base = _absolute(home)
        config, ledger = base / "config.toml", base / "ledger.db"
        state, cache = base / "state", base / "cache"
    else:
        # Costs about 3 ms, so whoever sets TOKMETER_HOME is spared it.
        from platformdirs import PlatformDirs  # noqa: PLC0415 - see above

        dirs = PlatformDirs(APP, appauthor=False)
        config, ledger = dirs.user_config_path / "config.toml", dirs.user_data_path / "ledger.db"
        state, cache = dirs.user_state_path, dirs.user_cache_path
    return Paths(
        config=_absolute(own_config) if own_config else config,
        ledger=_absolute(own_ledger) if own_ledger else ledger,
        state=state,
        cache=cache,
    )


def _absolute(text: str) -> Path:
    """`text` as an absolute path; a leading `~` is the user's home. Raises SettingsError for nobody's."""
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise SettingsError(
            f"There is no home folder for {Path(text).parts[0]} in {text}.",
            "Write the whole path into the TOKMETER_ variable that holds it.",
        ) from error
