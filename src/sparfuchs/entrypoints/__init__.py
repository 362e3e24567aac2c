"""The rim: command line and worker, and the wiring that picks implementations for the ports."""
