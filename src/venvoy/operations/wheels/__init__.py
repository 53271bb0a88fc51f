"""Wheels on their way into the store, and the care of the store."""
