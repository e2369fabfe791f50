"""The bot delivers: the only package that waits for networks and clocks."""
