"""Stands here so that pytest puts this folder on sys.path: tests import ``support.wheels`` and its neighbours."""
