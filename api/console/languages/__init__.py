"""The console's sentences in other languages: one gettext catalogue (`.po`) each."""
