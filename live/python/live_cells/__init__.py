"""Python's side of the live cells: what of a cell can run in a page, and running it there."""
