"""What happened to a project, an environment or a user site, kept so that it can be undone."""
