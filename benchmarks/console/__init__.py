"""The console at size, in a real browser: how soon it is there, how soon it follows, and what it holds in memory."""
