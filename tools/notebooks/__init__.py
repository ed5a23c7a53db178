"""Write, run, normalise and compare the notebooks of the book: ``python -m tools.notebooks --help``."""
