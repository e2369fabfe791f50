"""Actions: use cases. Each runs inside the caller's turn: load, decide, save, tell."""
