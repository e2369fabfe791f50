"""The aiohttp application: callbacks, payment pages, files, health."""
