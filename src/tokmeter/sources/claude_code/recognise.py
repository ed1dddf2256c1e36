"""What a line tells besides usage: prompts, interrupts, tool results, errors, limits, compactions, turns.

Texts are looked at and let go: what is kept are kinds, sizes and fixed words.
"""

from __future__ import annotations

import re
from hashlib import blake2b

from tokmeter.sources._fields import fixed_word
from tokmeter.sources.claude_code.lines import Text

Content = str | list[Text] | None

_WRAPPED = re.compile(r"\s*<[a-z]+(?:[-_][a-z]+)+[ >]")
"""Text the assistant put in itself stands in an element with a compound name, as `<local-command-stdout>`."""
_INTERRUPT = "[Request interrupted by user"
_REFUSED = ("The user doesn't want to", "User rejected", "Error: The user doesn't want to")
_LIMIT = re.compile(r"usage limit|limit reached|hit your [\w ]{0,20}limit|out of extra usage", re.IGNORECASE)
_RESET = re.compile(r"\|(\d{10})(?!\d)")
_HUMAN_MODES = (None, "prompt", "bash")


def short_hash(*parts: object) -> str:
    """Identity of things that have none of their own; nothing can be read from it."""
    return blake2b(repr(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def texts_of(content: Content) -> list[str]:
    """The texts of a message's content."""
    if isinstance(content, str):
        return [content]
    return [part.text for part in content or () if part.type == "text" and part.text]


def prompt_kind(content: Content) -> str | None:
    """`interrupt`, `prompt`, or None for text that no person typed."""
    texts = texts_of(content)
    if any(text.startswith(_INTERRUPT) for text in texts):
        return "interrupt"
    pictures = not isinstance(content, str) and any(part.type == "image" for part in content or ())
    typed = any(text.strip() and not _WRAPPED.match(text) for text in texts)
    return "prompt" if typed or pictures else None


def typed_text_hash(content: Content) -> str:
    """What a queued prompt and its later replay share."""
    return short_hash([text for text in texts_of(content) if not _WRAPPED.match(text)])


def is_human_mode(mode: str | None) -> bool:
    """Whether a queued command was typed, not made by a finished background task."""
    return mode in _HUMAN_MODES


def result_status(failed: bool | None, content: Content, told: object) -> str:
    """Outcome of a tool call: `ok`, `error`, or `rejected` when a person refused it."""
    if not failed:
        return "ok"
    texts = texts_of(content)
    said = isinstance(told, str) and told.startswith(_REFUSED)
    return "rejected" if said or any(text.startswith(_REFUSED) for text in texts) else "error"


def notice(texts: list[str], error: object, flagged: bool | None) -> tuple[str, str | None, int]:
    """Kind, name and reset time (UTC milliseconds, 0 if not told) of a synthetic assistant line."""
    text = texts[0] if texts else ""
    is_limit = bool(_LIMIT.search(text)) or error == "rate_limit"
    if is_limit and not text.startswith("API Error"):
        reset = _RESET.search(text)
        return "limit_hit", fixed_word(error), int(reset.group(1)) * 1000 if reset else 0
    if flagged or text.startswith("API Error"):
        return "api_error", fixed_word(error), 0
    return "api_error", "notice", 0
