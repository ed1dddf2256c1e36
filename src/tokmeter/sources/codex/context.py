"""Who works where with which model at a point of a rollout (docs/formats.md, Codex)."""

from __future__ import annotations

from tokmeter.core.names import normalise_model
from tokmeter.core.usage import Origin, Sku
from tokmeter.sources._fields import as_dict, as_text
from tokmeter.sources.codex.lineage import Lineage
from tokmeter.sources.codex.lines import Payload, text_of
from tokmeter.sources.codex.state import State

UNKNOWN = "unknown"


class Context:
    """Follows turns and settings in the state and gives the shared `Origin` and `Sku` of the moment."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._skus: dict[tuple[str, str | None, str | None, str | None], Sku] = {}
        self._sku: Sku | None = None
        self._origin: Origin | None = None

    def define(self, payload: Payload, known: Lineage) -> None:
        """Take the thread's identity from its own `session_meta`.

        A fork is its own root; a subagent belongs to its parent.
        """
        state = self._state
        state.parent_id = known.parent_id
        state.is_subagent = "subagent" in as_dict(payload.source) or payload.thread_source == "subagent"
        tree = as_text(payload.session_id)
        root = tree if tree != known.own_id else None
        state.root_id = root or (known.parent_id if state.is_subagent else None) or known.own_id
        state.provider = as_text(payload.model_provider) or "openai"
        state.cwd = as_text(payload.cwd)
        state.branch = text_of(payload.git, "branch")
        state.client = as_text(payload.originator)
        state.client_version = as_text(payload.cli_version)
        self._origin = self._sku = None

    def enter_turn(self, turn_id: str | None) -> None:
        """Note that a turn started; a repeated start of the same turn changes nothing."""
        state = self._state
        if turn_id is None or turn_id != state.turn_id:
            state.unnumbered = 0
        state.turn_id = turn_id or state.turn_id

    def turn_context(self, payload: Payload, *, own: bool) -> None:
        """Apply a `turn_context`; from a copied one only model and effort, for want of better."""
        model = as_text(payload.model) or text_of(payload.collaboration_mode, "settings", "model")
        self._use(model, as_text(payload.effort), own=own)
        if own:
            self.enter_turn(as_text(payload.turn_id))
            self._state.turns += 1
            self._move(as_text(payload.cwd))

    def settings(self, payload: Payload, *, own: bool) -> None:
        """Apply a `thread_settings_applied`; the tier stays until the next one."""
        settings = as_dict(payload.thread_settings)
        tier = as_text(settings.get("service_tier"))
        if tier is not None:
            self._state.tier = None if tier == "default" else tier
        if own:
            self._state.provider = as_text(settings.get("model_provider_id")) or self._state.provider
            self._move(as_text(settings.get("cwd")))
        self._use(as_text(settings.get("model")), as_text(settings.get("reasoning_effort")), own=own)

    def _use(self, model: str | None, effort: str | None, *, own: bool) -> None:
        state = self._state
        if model is not None:
            state.model = model
            state.model_is_own = own
        if effort is not None:
            state.effort = effort
        self._sku = None

    def _move(self, cwd: str | None) -> None:
        if cwd is not None and cwd != self._state.cwd:
            self._state.cwd = cwd
            self._origin = None

    def sku(self, *named: object) -> Sku:
        """The model in use: the thread's own, else the one the record names, else the copied one."""
        state = self._state
        if state.model_is_own and self._sku is not None:
            return self._sku
        model = state.model
        if not state.model_is_own:
            model = next((name for name in map(as_text, named) if name is not None), model)
        about = (state.provider, model, state.tier, state.effort)
        sku = self._skus.get(about)
        if sku is None:
            raw = model or UNKNOWN
            sku = Sku(state.provider, normalise_model(raw), raw, service_tier=state.tier, effort=state.effort)
            self._skus[about] = sku
        self._sku = sku
        return sku

    def origin(self) -> Origin:
        """The conversation and place of what comes now."""
        state = self._state
        if self._origin is None:
            self._origin = Origin(
                "codex",
                state.own_id,
                state.parent_id,
                state.root_id,
                state.own_id if state.is_subagent else None,
                state.cwd,
                state.branch,
                state.client,
                state.client_version,
            )
        return self._origin
