"""What the user can set, and where our files lie. Only the command line reads it."""
