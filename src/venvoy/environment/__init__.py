"""A virtual environment: what it is, what it holds, and how it changes, all at once or not at all.

``layout`` reads its shape and ``installed`` its contents without starting a process. ``apply`` turns a plan into a
transaction: ``contents`` says which files a wheel becomes, ``moves`` which renames turn the old tree into the new one,
and ``journal`` carries these out so that a crash anywhere leaves the old or the new environment. ``stamp`` remembers
what the environment equals. All that is ours lies in its ``.venvoy`` folder, but for a marker in each ``.dist-info``.
"""
