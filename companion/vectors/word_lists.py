"""The lists of words with which associations in vectors were first tested, as they were published.

From the supplement of A. Caliskan, J. J. Bryson and A. Narayanan, *Semantics derived automatically from
language corpora contain human-like biases*, Science 356, 2017 (its tests 1, 2, 6, 7 and 8), in small letters.
The lists go back to tests of people's reaction times: A. G. Greenwald, D. E. McGhee and J. L. K. Schwartz,
1998; B. A. Nosek, M. R. Banaji and A. G. Greenwald, 2002.
"""

from collections.abc import Mapping
from types import MappingProxyType

_LISTS = {
    "flowers": """aster clover hyacinth marigold poppy azalea crocus iris orchid rose bluebell daffodil
        lilac pansy tulip buttercup daisy lily peony violet carnation gladiola magnolia petunia zinnia""",
    "insects": """ant caterpillar flea locust spider bedbug centipede fly maggot tarantula bee cockroach
        gnat mosquito termite beetle cricket hornet moth wasp blackfly dragonfly horsefly roach weevil""",
    "instruments": """bagpipe cello guitar lute trombone banjo clarinet harmonica mandolin trumpet bassoon
        drum harp oboe tuba bell fiddle harpsichord piano viola bongo flute horn saxophone violin""",
    "weapons": """arrow club gun missile spear axe dagger harpoon pistol sword blade dynamite hatchet
        rifle tank bomb firearm knife shotgun teargas cannon grenade mace slingshot whip""",
    "pleasant": """caress freedom health love peace cheer friend heaven loyal pleasure diamond gentle
        honest lucky rainbow diploma gift honor miracle sunrise family happy laughter paradise vacation""",
    "unpleasant": """abuse crash filth murder sickness accident death grief poison stink assault disaster
        hatred pollute tragedy divorce jail poverty ugly cancer kill rotten vomit agony prison""",
    "male_names": "john paul mike kevin steve greg jeff bill",
    "female_names": "amy joan lisa sarah diana kate ann donna",
    "career": "executive management professional corporation salary office business career",
    "family": "home parents children family cousins marriage wedding relatives",
    "math": "math algebra geometry calculus equations computation numbers addition",
    "arts": "poetry art dance literature novel symphony drama sculpture",
    "male_terms": "male man boy brother he him his son",
    "female_terms": "female woman girl sister she her hers daughter",
    "science": "science technology physics chemistry einstein nasa experiment astronomy",
    "arts_beside_science": "poetry art shakespeare dance literature novel symphony drama",
    "male_kin": "brother father uncle grandfather son he his him",
    "female_kin": "sister mother aunt grandmother daughter she hers her",
}

WORD_LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: tuple(words.split()) for name, words in _LISTS.items()}
)
"""Words by the name of their list."""
