"""Controls that move, in JupyterLab and in the built page; the companion's own source, where it is used."""

from companion.explore.explorer import Explorer, explore
from companion.explore.listing import Listing, source

__all__ = ["Explorer", "Listing", "explore", "source"]
