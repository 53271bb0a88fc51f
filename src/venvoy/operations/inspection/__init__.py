"""Looking at what is locked and installed, and why; nothing is changed."""
