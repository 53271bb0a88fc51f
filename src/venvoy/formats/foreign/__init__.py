"""Files of other tools → one kind of value (``found.Found``): what they ask for, and what of it cannot be said here.

Pure like all of ``formats``: texts come in, and where a file names another one, a function that reads it. Nothing of a
project is run, not even its setup.py.
"""
