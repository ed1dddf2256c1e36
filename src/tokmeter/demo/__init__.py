"""A small invented history, for a look at tokmeter without logs of one's own."""
