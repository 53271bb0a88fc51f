"""The operating system as the rest of venvoy sees it: files, locks and processes, each fault a :class:`Problem`.

What differs between Linux, macOS and Windows stands in :mod:`venvoy.system.native` and nowhere else.
"""
