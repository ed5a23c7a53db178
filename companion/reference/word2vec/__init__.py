"""word2vec: vectors learnt by predicting a word's neighbours (Mikolov et al., 2013a and 2013b).

The steps, a module each: :mod:`corpus` numbers the words, :mod:`subsampling` thins the frequent ones,
:mod:`pairs` lays windows, :mod:`noise` draws negatives; :mod:`skipgram` and :mod:`cbow` are the two models,
each on one of two output layers, :mod:`full_softmax` or :mod:`negative_sampling`; :mod:`training` puts them
together, and :mod:`pmi` says what negative sampling converges to.

The parameters are two tables of a row a word, ``{"input": (V, D), "output": (V, D)}``. The rows of ``input``
are what is kept as the words' vectors.
"""
