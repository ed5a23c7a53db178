"""A piece of a plant's chromosome, read from its GenBank record."""

import re
from dataclasses import dataclass
from functools import lru_cache

from companion.data.archives import read
from companion.data.cache import DataDamaged
from companion.data.fetch import fetch
from companion.data.registry import find


@dataclass(frozen=True)
class Dna:
    """A strand of DNA: its GenBank accession, its organism, what it is, and its bases A, C, G and T."""

    accession: str
    organism: str
    description: str
    sequence: str

    def __repr__(self) -> str:
        return f"Dna({self.accession}, {self.organism}, {len(self.sequence):,} bases)"


@lru_cache(maxsize=1)
def load_dna() -> Dna:
    """Load 86,436 bases of chromosome 1 of thale cress.

    Raises
    ------
    DataUnavailable
        When the record can neither be found nor fetched; the message says how to supply it by hand.

    References
    ----------
    P. Dunn et al., *Genomic sequence for Arabidopsis thaliana BAC T25K16 from chromosome I*, GenBank
    AC007323.5, 2000.

    Examples
    --------
    >>> load_dna()
    Dna(AC007323, Arabidopsis thaliana, 86,436 bases)
    """
    data = find("dna")
    record = read(fetch(data), data.unpacked, data.members)[data.members[0].path].decode("ascii")
    head, _, body = record.partition("\nORIGIN")
    sequence = re.sub(r"[^acgt]", "", body).upper()
    accession = re.search(r"^ACCESSION\s+(\S+)", head, re.M)
    organism = re.search(r"^\s+ORGANISM\s+(.+)$", head, re.M)
    description = re.search(r"^DEFINITION\s+(.+?)\nACCESSION", head, re.M | re.S)
    size = re.search(r"(\d+) bp", head)
    if not (accession and organism and description and size) or int(size[1]) != len(sequence):
        raise DataDamaged("data set 'dna': expected a GenBank record with all of its bases A, C, G and T")
    return Dna(accession[1], organism[1], " ".join(description[1].split()), sequence)
