"""Create environments, resolve what goes into them, record it in a standard lockfile, and keep them right."""

__version__ = "0.1.0"
