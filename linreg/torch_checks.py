"""Checks at the door for PyTorch: tensors, modules and optimizers that fit together."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import torch
from torch import nn

from linreg.checks import as_positive, check_array


def check_generator(name: str, value: Any) -> torch.Generator:
    """Take a random generator. Raises TypeError for anything else, a bare seed too."""
    if not isinstance(value, torch.Generator):
        kind = type(value).__name__
        raise TypeError(f"{name} is a {kind}: try torch.Generator().manual_seed(1234)")
    return value


def check_tensor(name: str, value: Any) -> torch.Tensor:
    """Take a dense float64 tensor that needs no gradient. Raises TypeError otherwise."""
    if not isinstance(value, torch.Tensor):
        kind = type(value).__name__
        raise TypeError(
            f"{name} is a {kind}, not a tensor: try torch.from_numpy({name})"
        )
    if value.layout != torch.strided:
        raise TypeError(f"{name} is a sparse tensor: try {name}.to_dense()")
    if value.dtype != torch.float64:
        fix = (
            f"torch.hstack([{name}.real, {name}.imag])" if value.is_complex() else name
        )
        raise TypeError(f"{name} holds {value.dtype}, not float64: try {fix}.double()")
    if value.requires_grad:
        raise TypeError(f"{name} needs a gradient, but is data: try {name}.detach()")
    return value


def check_module(name: str, value: Any) -> nn.Module:
    """Take a module of float64 numbers. Raises TypeError for anything else."""
    if not isinstance(value, nn.Module):
        kind = type(value).__name__
        raise TypeError(f"{name} is a {kind}, not a torch.nn.Module")
    for part, parameter in value.named_parameters():
        if parameter.dtype != torch.float64:
            raise TypeError(
                f"{name} holds {part} as {parameter.dtype}, not float64: "
                f"try {name}.double()"
            )
    return value


def check_optimizer(name: str, value: Any) -> torch.optim.Optimizer:
    """Take an optimizer that needs one gradient a step. Raises TypeError otherwise."""
    kind = type(value).__name__
    if not isinstance(value, torch.optim.Optimizer):
        raise TypeError(
            f"{name} is a {kind}: try torch.optim.SGD(model.parameters(), lr=0.1)"
        )
    for parameter in inspect.signature(value.step).parameters.values():
        if parameter.default is inspect.Parameter.empty:
            raise TypeError(
                f"{name} is {kind}, which measures the loss several times a step: "
                f"try one that takes a single gradient, such as SGD or Adam"
            )
    for group in value.param_groups:
        as_positive("learning_rate", group["lr"])
    return value


Generator = Annotated[torch.Generator, check_generator]
Tensor = Annotated[torch.Tensor, check_tensor]
Module = Annotated[nn.Module, check_module]
Optimizer = Annotated[torch.optim.Optimizer, check_optimizer]


def check_data(**tensors: torch.Tensor) -> None:
    """Refuse data that is not X (N, D), y (N, 1), X (M, D), y (M, 1), and finite."""
    sizes = {"1": (1, "")}
    shapes = (("N", "D"), ("N", "1"), ("M", "D"), ("M", "1"))
    for (name, tensor), shape in zip(tensors.items(), shapes, strict=True):
        check_array(name, tensor.cpu().numpy(), shape, sizes)


def check_parameters(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Refuse an optimizer that doesn't hold just the model's trainable parameters."""
    held = [p for group in optimizer.param_groups for p in group["params"]]
    own = {id(p) for p in model.parameters() if p.requires_grad}
    if not own or own != {id(p) for p in held if p.requires_grad}:
        kind = type(optimizer).__name__
        raise ValueError(
            f"the optimizer must hold the model's trainable parameters, all of them "
            f"and no others: try torch.optim.{kind}(model.parameters(), lr=0.1)"
        )


@contextmanager
def accepted(X: torch.Tensor) -> Iterator[None]:
    """Say that it is the model that doesn't accept X."""
    try:
        yield
    except RuntimeError as error:
        raise ValueError(
            f"the model doesn't accept X of shape {tuple(X.shape)} on {X.device}: {error}"
        ) from error


def check_prediction(y_pred: Any, y: torch.Tensor) -> None:
    """Refuse predictions that PyTorch would stretch or round to compare them with y."""
    if not isinstance(y_pred, torch.Tensor):
        kind = type(y_pred).__name__
        raise TypeError(f"the model's forward returns a {kind}, not a tensor")
    if y_pred.shape != y.shape or y_pred.dtype != y.dtype:
        raise ValueError(
            f"the model's forward returns {y_pred.dtype} of shape "
            f"{tuple(y_pred.shape)}, but must return {y.dtype} of shape "
            f"{tuple(y.shape)}, a row for each sample"
        )


def check_differentiable(loss: torch.Tensor) -> None:
    """Refuse a loss that autograd can't follow back to the parameters."""
    if not loss.requires_grad:
        raise ValueError(
            "autograd records nothing: train outside torch.no_grad(), and let the "
            "model's forward detach nothing"
        )
