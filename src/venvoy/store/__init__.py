"""The store: every wheel unpacked once under its SHA-256, checked on the way in and again on the way out.

An environment is filled from it by clones, hard links or copies, with no archive to read and nothing to parse but a
manifest. :mod:`venvoy.store.store` keeps the entries and documents their layout, :mod:`venvoy.store.unpack` unpacks,
:mod:`venvoy.store.contents` decides whether a wheel is a right one and :mod:`venvoy.store.names` whether its names are
safe.
"""
