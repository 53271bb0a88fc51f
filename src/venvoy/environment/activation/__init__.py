"""Activation as text: what each shell has to be told so that an environment is in force in it, and no longer.

Everything here is pure: values in, text in the shell's language out. One module a family of shells, one quoting
function each; ``shells`` is the table of them. A text restores what it changes, survives ``set -e`` and ``set -u``, and
starts with :data:`~venvoy.environment.activation.values.MARK`, so that a hook evaluates nothing else by mistake.
"""
