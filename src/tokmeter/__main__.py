"""`python -m tokmeter`."""

from __future__ import annotations

import sys

from tokmeter.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
