"""The pip of an interpreter or an environment: whether it fits, and mending it."""
