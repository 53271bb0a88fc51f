"""People's shells: activation, hooks, trust, and a shell inside an environment."""
