"""NumPy reference: every model with its backward pass derived by hand; never imports PyTorch."""
