r"""Penalties on large weights, L1 and L2, in PyTorch: autograd makes the gradients.

Weight decay apart from the loss is ``weight_decay`` of ``torch.optim.AdamW`` and ``torch.optim.SGD``; it is
:math:`2 \lambda` of what stands here.
"""

from collections.abc import Collection, Mapping

import torch

from companion.torch._validate import expect_float

Params = Mapping[str, torch.Tensor]


def weight_names(params: Params) -> list[str]:
    """List the parameters that a penalty is for: those with two axes or more.

    Examples
    --------
    >>> weight_names(dict(torch.nn.Linear(3, 2).named_parameters()))
    ['weight']
    """
    return [name for name, value in params.items() if value.dim() >= 2]


def l1(params: Params, strength: float, names: Collection[str] | None = None) -> torch.Tensor:
    r"""Charge for the absolute value of every weight, :math:`\lambda \sum |w|` ({eq}`eq-l1`).

    Parameters
    ----------
    params
        Tensors by name, such as ``dict(model.named_parameters())``.
    strength
        The factor :math:`\lambda`, 0 or more.
    names
        Which of them are charged for; None is :func:`weight_names`.

    Returns
    -------
    Tensor
        One number, to be added to the loss.

    Raises
    ------
    TypeError
        If a parameter is not floating-point.
    ValueError
        If a name is not among the parameters, or the strength is negative.

    Examples
    --------
    >>> l1({"weight": torch.tensor([[3.0, -0.5]]), "bias": torch.tensor([7.0])}, 2)
    tensor(7.)
    """
    chosen = _checked(params, strength, names)
    return strength * _total([value.abs().sum() for value in chosen])  # {eq}`eq-l1`


def l2(params: Params, strength: float, names: Collection[str] | None = None) -> torch.Tensor:
    r"""Charge for the square of every weight, :math:`\lambda \sum w^2` ({eq}`eq-l2`).

    Parameters
    ----------
    params, strength, names
        As in :func:`l1`.

    Returns
    -------
    Tensor
        One number, to be added to the loss.

    Raises
    ------
    TypeError, ValueError
        As :func:`l1`.

    Examples
    --------
    >>> l2({"weight": torch.tensor([[3.0, -1.0]]), "bias": torch.tensor([7.0])}, 0.5)
    tensor(5.)
    """
    chosen = _checked(params, strength, names)
    return strength * _total([value.square().sum() for value in chosen])  # {eq}`eq-l2`


def _checked(params: Params, strength: float, names: Collection[str] | None) -> list[torch.Tensor]:
    """Return what is charged for, or say what is wrong."""
    if not strength >= 0:
        raise ValueError(f"strength: expected 0 or more, got {strength}")
    for name, value in params.items():
        expect_float(name, value)
    chosen = set(weight_names(params) if names is None else names)
    if unknown := sorted(chosen - set(params)):
        raise ValueError(f"names: expected some of {sorted(params)}, got {unknown}")
    return [value for name, value in params.items() if name in chosen]


def _total(sums: list[torch.Tensor]) -> torch.Tensor:
    """Add numbers up; none make 0."""
    return torch.stack(sums).sum() if sums else torch.zeros(())
