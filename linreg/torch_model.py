"""The same model in PyTorch: a module holds the weights, an optimizer moves them."""

from importlib.util import find_spec

if find_spec("torch") is None:
    raise ModuleNotFoundError(
        'linreg.torch_model needs PyTorch: pip install "linreg[lessons]"'
    )
import torch
from torch import nn

from linreg.checks import Count, History, checked, refuse_divergence
from linreg.torch_checks import (
    Generator,
    Module,
    Optimizer,
    Tensor,
    accepted,
    check_data,
    check_differentiable,
    check_parameters,
    check_prediction,
)

LARGEST = torch.finfo(torch.float64).max


class LinearRegression(nn.Module):
    """Linear model ŷ = XW + b: one linear layer, whose weights autograd differentiates.

    Shapes: X (N, D); ŷ (N, 1). All numbers are float64, as in NumPy.
    The weights start as 0.01 · N(0, 1), the bias as 0.
    """

    @checked()
    def __init__(self, num_features: Count, generator: Generator) -> None:
        super().__init__()
        self.linear = nn.Linear(num_features, 1, dtype=torch.float64)
        nn.init.normal_(self.linear.weight, std=0.01, generator=generator)
        nn.init.zeros_(self.linear.bias)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Predict ŷ = XW + b; linear.weight is the transpose of W, (1, D)."""
        y_pred: torch.Tensor = self.linear(X)
        return y_pred


def predictions(model: nn.Module, X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Predict ŷ, and hold the model to the shape of y."""
    with accepted(X):
        y_pred: torch.Tensor = model(X)
    check_prediction(y_pred, y)
    return y_pred


@checked()
def train_model(
    model: Module,
    optimizer: Optimizer,
    X_train: Tensor,
    y_train: Tensor,
    X_val: Tensor,
    y_val: Tensor,
    num_epochs: Count,
) -> History:
    """Train with an optimizer, on gradients of the mean squared error by autograd.

    Shapes: X (N, D), y (N, 1). Changes the model; returns the history {"train": losses,
    "val": losses}, in which entry k was measured after k updates.
    Raises FloatingPointError if a loss is not finite, or ends above both its start and
    the variance of y, which is the loss of predicting the mean; ValueError if the
    optimizer holds other parameters than the model's, or if ŷ is not (N, 1).
    """
    check_data(X_train=X_train, y_train=y_train, X_val=X_val, y_val=y_val)
    check_parameters(model, optimizer)
    loss_fn = nn.MSELoss()
    history: History = {"train": [], "val": []}
    learning_rate = optimizer.param_groups[0]["lr"]
    for epoch in range(num_epochs + 1):
        loss = loss_fn(predictions(model, X_train, y_train), y_train)
        check_differentiable(loss)
        history["train"].append(loss.item())
        with torch.no_grad():
            val_loss = loss_fn(predictions(model, X_val, y_val), y_val)
        history["val"].append(val_loss.item())
        refuse_divergence(history, learning_rate, LARGEST)
        if epoch < num_epochs:  # the last round only measures
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    # Some optimizers end a little above a good start, but not above predicting the mean.
    limit = max(history["train"][0], float(y_train.var(correction=0)))
    refuse_divergence(history, learning_rate, limit * (1 + 1e-9))
    return history
