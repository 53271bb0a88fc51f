"""Interpreters: which Pythons this machine has, and what each of them is.

An interpreter is known by running it once (``probe``); what it said is kept until its file or the machine changes.
Finding one (``discover``) means walking over the places where interpreters are and taking the one that was asked for,
or saying which ones were found and why none of them would do.
"""
