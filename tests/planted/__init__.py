"""Faults that are planted on purpose, one at a time, to show that the tests notice."""
