"""Both back ends have the same file names, and the same functions where PyTorch has functions."""

import inspect
from importlib import import_module
from pkgutil import iter_modules

import pytest

import companion.torch

MODULES = [
    module.name for module in iter_modules(companion.torch.__path__) if not module.name.startswith("_")
]


def public(module):
    """List what a module itself defines for others."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    }


def test_there_are_modules():
    assert {"embedding", "dense", "dropout", "losses"} <= set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_names_agree(name):
    ours = public(import_module(f"companion.torch.{name}"))
    reference = public(import_module(f"companion.reference.{name}"))
    functions = {key for key, value in ours.items() if inspect.isfunction(value)}
    assert functions <= set(reference)
    layers = [key for key, value in ours.items() if inspect.isclass(value)]
    assert [layer.lower() for layer in layers] == [name.replace("_", "")] * ("forward" in reference)
