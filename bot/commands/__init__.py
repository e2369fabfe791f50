"""The commands of `kebao`, one module per group.

Each module has `register`, which states its arguments, and functions that run. Nothing heavy is
imported before a command runs: `kebao --help` should feel like a built-in.
"""
