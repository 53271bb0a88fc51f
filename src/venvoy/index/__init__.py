"""Package indexes: which projects there are, which files they offer, what the files need, and the files themselves.

An :class:`~venvoy.index.client.Index` is a list of sources in order, of which the first that knows a name owns it. What
it learns is cached on disk and revalidated; its fetches run in the thread pool it is handed. pip's configuration says
where the indexes are and how to reach them. Credentials stay inside :mod:`venvoy.index.auth` and never leave it.
"""
