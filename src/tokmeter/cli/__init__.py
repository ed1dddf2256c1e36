"""The command line: the only part that knows streams, the clock and the environment."""
