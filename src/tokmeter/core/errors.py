"""Errors that end a command: each has a code for scripts, a sentence for people and an exit status."""

from __future__ import annotations


class TokmeterError(Exception):
    """It ran and failed. `hint` is the next step, mostly a command."""

    code = "failed"
    exit_status = 1

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class UsageError(TokmeterError):
    """The command line cannot be understood."""

    code = "usage"
    exit_status = 2


class SettingsError(TokmeterError):
    """A file of the user's own (config, prices) cannot be understood."""

    code = "settings"
    exit_status = 2


class LedgerError(TokmeterError):
    """The ledger cannot be used."""

    code = "ledger"


class LedgerReadOnlyError(LedgerError):
    """The ledger cannot be written: read-only file or folder, or a full disk."""

    code = "ledger-not-writable"


class LedgerBusyError(LedgerError):
    """Another process holds the ledger's write lock."""

    code = "ledger-busy"
