"""What venvoy does, one module an operation: values in, a frozen result out, nothing printed.

Only ``context`` knows how index, store, interpreters and environments are put together.
"""
