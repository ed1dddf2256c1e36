"""Personal token accounting. Importing this package costs nothing."""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tokmeter.recorder import record as record


def __getattr__(name: str) -> object:
    """`from tokmeter import record` loads the recorder, and only then."""
    if name == "record":
        from tokmeter.recorder import record  # noqa: PLC0415 - see above

        return record
    raise AttributeError(f"module 'tokmeter' has no attribute {name!r}")
