"""Controls that move, in JupyterLab and in the built page; the companion's own source, where it is used."""

from companion.explore.bleu_calculator import BleuCalculator, bleu_calculator
from companion.explore.explorer import Explorer, explore
from companion.explore.faithfulness import kept_neighbours, nearest_rows, trustworthiness
from companion.explore.listing import Listing, source
from companion.explore.saved_map import SavedMap, saved_map
from companion.explore.word_map import WordMap, word_map

__all__ = [
    "BleuCalculator",
    "Explorer",
    "Listing",
    "SavedMap",
    "WordMap",
    "bleu_calculator",
    "explore",
    "kept_neighbours",
    "nearest_rows",
    "saved_map",
    "source",
    "trustworthiness",
    "word_map",
]
