"""From a source tree to a wheel: archives unpacked with care, and the hooks of build backends (PEP 517, PEP 660).

A backend is somebody's program. It runs in an environment that is handed in, in a process group that can be ended,
with a folder for temporary files that is deleted afterwards; what it says goes into a file.
"""
