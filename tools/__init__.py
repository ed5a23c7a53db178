"""What builds, checks and serves the book; no part of the companion library."""
