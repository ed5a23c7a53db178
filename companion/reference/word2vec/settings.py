"""The settings of a training run, the same for both back ends."""

from dataclasses import dataclass
from math import inf, isfinite
from typing import Literal, get_args

Model = Literal["skipgram", "cbow"]


@dataclass(frozen=True)
class Settings:
    """What word2vec is trained with; the defaults are those of gensim.

    Attributes
    ----------
    model
        ``"skipgram"`` or ``"cbow"``.
    dim
        D, the length of a vector.
    window
        How many words the window reaches on either side at most; each word's own reach is drawn from 1 to
        this.
    negatives
        K, the wrong words for each right one.
    sample
        From which share of all tokens on a word is thinned ({eq}`eq-subsampling`).
    power
        Of the noise ({eq}`eq-noise`).
    epochs
        How often the corpus is read.
    lr, min_lr
        The learning rate at the beginning and at the end; it falls in a straight line.

    Raises
    ------
    ValueError
        If one is out of its range.

    Examples
    --------
    >>> Settings(dim=50).rate(0.5)
    0.01255
    """

    model: Model = "skipgram"
    dim: int = 100
    window: int = 5
    negatives: int = 5
    sample: float = 1e-3
    power: float = 0.75
    epochs: int = 5
    lr: float = 0.025
    min_lr: float = 1e-4

    def __post_init__(self) -> None:
        if self.model not in get_args(Model):
            raise ValueError(f'model: expected "skipgram" or "cbow", got {self.model!r}')
        for name in ("dim", "window", "negatives", "epochs"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"{name}: expected at least 1, got {getattr(self, name)}")
        if not self.sample > 0:
            raise ValueError(f"sample: expected a number above 0, got {self.sample}")
        if not isfinite(self.power):
            raise ValueError(f"power: expected a finite number, got {self.power}")
        if not 0 < self.min_lr <= self.lr < inf:
            raise ValueError(f"expected 0 < min_lr <= lr, got {self.min_lr} and {self.lr}")

    def rate(self, progress: float) -> float:
        """Give the learning rate after this share of the training, 0 to 1."""
        return self.lr - (self.lr - self.min_lr) * progress
