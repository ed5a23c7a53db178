"""Companion library of the textbook *Unrolled*."""
