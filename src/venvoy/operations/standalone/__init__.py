"""Environments and user sites that have a lockfile of their own: what is wanted there, and what other tools left."""
