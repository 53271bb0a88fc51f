"""Choosing versions for a project: for which targets, what stays, and which edits would help where nothing fits."""
