"""The command line: parse, call one operation, show its result. The one floor that prints."""
