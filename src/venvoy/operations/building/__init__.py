"""From source to wheel: folders, commits and archives as source trees, and the environments that backends run in."""
