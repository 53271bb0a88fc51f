"""Which version of what: the requirements and an index's offer in, a resolution or an explanation out.

Resolving is a search over sets, and here a set is an integer. The candidates of a distribution are a finite list, so a
set of them is one bit each, with one more bit for "not wanted at all"; the targets are a finite list too, so a marker
is a mask. What must not be together is a *nogood* (targets, and a set of candidates a name); the search propagates
nogoods, learns one from every conflict and jumps back to where it matters (PubGrub, conflict-driven clause learning),
and what it learnt remembers what it came from, so that a failure can be explained by walking back to the facts.

``engine`` and ``learning`` know integers only. ``choices`` knows candidates, ``spans`` specifiers, ``files`` files,
``markers`` markers; ``knowledge`` asks the provider and turns what it says into nogoods; ``solve`` looks ahead and
decides; ``answer`` reads the result back, ``explain`` (with ``core``, ``reasons`` and ``words``) the failure.
"""
