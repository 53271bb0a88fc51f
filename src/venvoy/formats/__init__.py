"""Text ↔ values: pyproject.toml, pylock.toml, index pages, METADATA, file names.

Pure functions: each takes the text and the name people know it by (``where``), and returns values of ``venvoy.model``
or raises a Problem that says what is wrong, at which line. Reading and writing files is the caller's.
"""
