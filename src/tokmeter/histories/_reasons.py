"""Why a record gave no call. Codes are part of the JSON contract: added, never renamed."""

from __future__ import annotations

REASONS = {
    "unknown-record": "no known format",
    "no-usage": "holds no token counts",
    "needs-tokenizing": "has no counts, and its text is not there to be counted",
    "error": "the call failed; nothing was billed",
    "roll-up": "repeats the sum of other records",
    "not-billed": "is free of charge (token counting, health check)",
    "count-invalid": "a count is negative, fractional or no number; taken as 0",
    "no-time": "has no time; the file's own was used",
    "not-exclusive": "its input count leaves out cached tokens, against the format's rule; read as such",
    "unreadable": "could not be read",
    "sampled": "may be a sample of the calls only",
    "other-currency": "an amount in another currency than USD; kept apart",
    "encrypted": "an encrypted member of an archive",
    "too-large": "larger than an import reads",
    "opt-in": "recorded for tests; read only with --format",
    "unsupported": "is no kind of file an import reads",
    "not-a-file": "is no regular file (a pipe, a device, a folder)",
    "no-model": "names no model; its tokens count, without a price",
}
"""code → what is said of such a record."""
