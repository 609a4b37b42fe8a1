"""The same model in PyTorch: a module holds the weights, an optimizer moves them."""

import math

import torch
from torch import nn

from linreg.checks import check_count, check_matrices, check_positive, check_shape


class LinearRegression(nn.Module):
    """One linear layer, with weights that PyTorch can differentiate.

        ŷ = XW + b

    Shapes: X (N, D); ŷ (N, 1). All numbers are float64, as in NumPy.
    The weights start as 0.01 · N(0, 1), the bias as 0.
    """

    def __init__(self, num_features: int, generator: torch.Generator) -> None:
        check_count(num_features=num_features)
        if not isinstance(generator, torch.Generator):
            kind = type(generator).__name__
            raise TypeError(
                f"generator is a {kind}: try torch.Generator().manual_seed(1234)"
            )
        super().__init__()
        self.linear = nn.Linear(num_features, 1, dtype=torch.float64)
        nn.init.normal_(self.linear.weight, std=0.01, generator=generator)
        nn.init.zeros_(self.linear.bias)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Compute ŷ = XW + b; linear.weight is W lying on its side, (1, D)."""
        y_pred: torch.Tensor = self.linear(X)
        return y_pred


def check_tensors(name: str, X: torch.Tensor, y: torch.Tensor) -> None:
    """Refuse anything but finite float64 tensors with a row for each sample.

    Shapes: X (N, D), y (N, 1).
    Raises TypeError for another type, ValueError for another shape, NaN or infinity.
    """
    tensors = {f"X_{name}": X, f"y_{name}": y}
    for label, tensor in tensors.items():
        if not isinstance(tensor, torch.Tensor):
            kind = type(tensor).__name__
            raise TypeError(
                f"{label} is a {kind}, not a tensor: try torch.from_numpy({label})"
            )
        if tensor.dtype != torch.float64:
            raise TypeError(
                f"{label} holds {tensor.dtype}, not float64: try {label}.double()"
            )
    arrays = {label: tensor.detach().cpu().numpy() for label, tensor in tensors.items()}
    check_matrices(**arrays)
    check_shape((len(X), 1), **{f"y_{name}": arrays[f"y_{name}"]})


def train_model(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    X_train: torch.Tensor,
    y_train: torch.Tensor,
    X_val: torch.Tensor,
    y_val: torch.Tensor,
    num_epochs: int,
) -> dict[str, list[float]]:
    """Let the optimizer walk downhill, along gradients that autograd computes.

    Shapes: X (N, D), y (N, 1). Changes the model; returns the history {"train": losses,
    "val": losses}, in which entry k was measured after k updates.
    Raises FloatingPointError if a loss is not finite, or ends above both its start and
    the variance of y, which is the loss of predicting the mean.
    """
    check_count(num_epochs=num_epochs)
    for group in optimizer.param_groups:
        check_positive(learning_rate=group["lr"])
    for name, X, y in (("train", X_train, y_train), ("val", X_val, y_val)):
        check_tensors(name, X, y)
    loss_fn = nn.MSELoss()
    history: dict[str, list[float]] = {"train": [], "val": []}
    for epoch in range(int(num_epochs) + 1):
        loss = loss_fn(model(X_train), y_train)
        history["train"].append(loss.item())
        with torch.no_grad():
            history["val"].append(loss_fn(model(X_val), y_val).item())
        if not math.isfinite(history["train"][-1] + history["val"][-1]):
            raise FloatingPointError(
                f"training diverged at epoch {epoch}: the loss is {loss.item()}; "
                f"try a smaller learning rate, or standardize X"
            )
        if epoch < num_epochs:  # the last round only measures
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    start, end = history["train"][0], history["train"][-1]
    # Some optimizers end a little above a good start, but not above predicting the mean.
    if end > max(start, float(y_train.var(correction=0))) * (1 + 1e-9):
        raise FloatingPointError(
            f"training diverged: at epoch {num_epochs} the loss is {end:.3g}, "
            f"above the {start:.3g} it started from; "
            f"try a smaller learning rate, or standardize X"
        )
    return history
