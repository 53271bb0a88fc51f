"""The values that travel between the floors: frozen, slotted, without behaviour that touches the world.

requirement → artifact and metadata → target → resolution → plan. Each can be built by hand in a test.
"""
