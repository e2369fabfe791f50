"""Handlers converse: they turn one message into one intent, one action and the words of a reply."""
