"""One module a command; each holds ``command``, found through the table in ``venvoy.cli.main``."""
