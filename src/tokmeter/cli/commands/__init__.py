"""One module per command, or per few that belong together; each is imported only when called."""
