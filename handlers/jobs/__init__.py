"""Jobs: what the clock does, through the same actions as chat, one transaction per due row."""
