"""word2vec in PyTorch, under the names of :mod:`companion.reference.word2vec`.

The two models are modules, whose losses autograd differentiates. Training by :mod:`training` does without
autograd: :mod:`fast` has the gradients by hand, of many pairs at once.
"""
