"""PyTorch implementations under the same names as :mod:`companion.reference`."""
