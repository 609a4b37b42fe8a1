"""The same training on several processes or machines, each with rows of its own.

Start it with `torchrun --nproc-per-node=2 distributed.py shards model.npz`. Process k
reads shards/k.npz, which holds X (N_k, D) and y (N_k, 1) as float64. No rows travel: in
each epoch the processes add up D + 2 numbers. With --max-restarts=3 torchrun starts them
again when one dies, and they go on from what model.npz has kept. Set the environment
variable TORCH_DISABLE_SHARE_RDZV_TCP_STORE to 1 for that: each start then has a meeting
place of its own, where no addresses of processes that are gone lie about.
"""

import argparse
import os
import sys
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

SAVE_EVERY = 100  # epochs


def read_shard(path: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Read the rows of one process: X (N_k, D) and y (N_k, 1).

    Raises ValueError for a missing file, other names, types or shapes, NaN or infinity.
    """
    if not path.is_file():
        raise ValueError(f"there is no {path}: process k needs {path.parent}/k.npz")
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is no .npz file: try np.savez(path, X=X, y=y)")
    with np.load(path) as shard:
        if not {"X", "y"} <= set(shard):
            raise ValueError(f"{path} lacks X or y: try np.savez(path, X=X, y=y)")
        X, y = shard["X"], shard["y"]
    if X.dtype != np.float64 or y.dtype != np.float64:
        raise ValueError(f"{path} holds {X.dtype} and {y.dtype}, not float64")
    if X.ndim != 2 or X.size == 0 or y.shape != (len(X), 1):
        raise ValueError(f"{path} has X {X.shape}, y {y.shape}: not (N, D) and (N, 1)")
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise ValueError(f"{path} has NaN or infinity: remove or replace it")
    return torch.from_numpy(X), torch.from_numpy(y)


def check_features(X: torch.Tensor) -> None:
    """Refuse shards that disagree in their number of features."""
    counts = torch.zeros(dist.get_world_size(), dtype=torch.int64, device=X.device)
    counts[dist.get_rank()] = X.shape[1]
    dist.all_reduce(counts)
    for process, count in enumerate(counts.tolist()):
        if count != counts[0]:
            raise ValueError(
                f"shard 0 has {counts[0]} features, but shard {process} has {count}"
            )


def add_up(*parts: torch.Tensor) -> list[torch.Tensor]:
    """Add each tensor to those of the same name in all other processes.

    All travel in one message; gloo and NCCL see to it that every process gets the sums.
    """
    message = torch.cat([part.ravel() for part in parts])
    dist.all_reduce(message)
    sums = torch.split(message, [part.numel() for part in parts])
    return [total.view_as(part) for total, part in zip(sums, parts, strict=True)]


def gradients_together(
    X: torch.Tensor, y: torch.Tensor, W: torch.Tensor, b: torch.Tensor, num_rows: float
) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Let each process sum over its own rows, then add up the sums.

        ∂J/∂W = 2/N · Σ Xᵀ(ŷ - y)
        ∂J/∂b = 2/N · Σ (ŷ - y)

    The sums and N run over the rows of all processes; shards may differ in size.
    Shapes: X (N_k, D), y (N_k, 1), W (D, 1), b (1,). Returns dW, db and the loss.
    """
    error = X @ W + b - y  # (N_k, 1)
    dW, db, loss = add_up(X.T @ error, error.sum(0), error.square().sum())
    return 2 / num_rows * dW, 2 / num_rows * db, loss.item() / num_rows


def resume(
    model: Path, run: dict[str, float], num_epochs: int
) -> dict[str, np.ndarray]:
    """Hand all processes what an interrupted run has kept, or nothing.

    Raises ValueError if it was kept by another program, or by a run on other rows, at
    another learning rate or for more epochs.
    """
    kept: list[dict[str, np.ndarray]] = [{}]
    if dist.get_rank() == 0 and model.is_file():
        if zipfile.is_zipfile(model):
            with np.load(model) as arrays:
                kept = [dict(arrays)]
        if set(kept[0]) != {"W", "b", "losses", "run"}:
            raise ValueError(
                f"{model} was not written by this program: name another file"
            )
        if len(kept[0]["losses"]) > num_epochs + 1:
            raise ValueError(
                f"{model} has {len(kept[0]['losses']) - 1} epochs already, more than "
                f"{num_epochs}: remove the file, or name another"
            )
        for (name, now), then in zip(run.items(), kept[0]["run"], strict=True):
            if not np.isclose(now, then, rtol=1e-9):
                raise ValueError(
                    f"{model} comes from a run with {name} {then:g}, but now it is "
                    f"{now:g}: remove the file, or name another"
                )
    dist.broadcast_object_list(kept)
    return kept[0]


def save(
    model: Path,
    W: torch.Tensor,
    b: torch.Tensor,
    losses: list[float],
    run: dict[str, float],
) -> None:
    """Write the model whole or not at all, whenever this process may be stopped."""
    part = model.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, W=W.cpu(), b=b.cpu(), losses=losses, run=list(run.values()))
    part.replace(model)


def train_together(
    X: torch.Tensor, y: torch.Tensor, model: Path, learning_rate: float, num_epochs: int
) -> list[float]:
    """Walk downhill with all processes, every one in step with the others.

    The weights start at zero, or where an interrupted run has left them in `model`,
    which holds W and b in the end. Returns the losses: entry k was measured after k
    updates. Raises FloatingPointError if the loss rises above where it started.
    """
    check_features(X)
    num_rows, squares = map(float, add_up(X.new_tensor(len(X)), y.square().sum()))
    start = squares / num_rows  # the loss when all weights are zero
    run = {"rows": num_rows, "mean y²": start, "learning rate": learning_rate}
    kept = resume(model, run, num_epochs)
    W = X.new_tensor(kept.get("W", np.zeros((X.shape[1], 1))))
    b = X.new_tensor(kept.get("b", np.zeros(1)))
    losses = list(kept.get("losses", [])[:-1])  # the last is measured again
    for epoch in range(len(losses), num_epochs + 1):
        dW, db, loss = gradients_together(X, y, W, b, num_rows)
        losses.append(loss)
        if not loss <= start * (1 + 1e-9):
            raise FloatingPointError(
                f"training diverged at epoch {epoch}: the loss rose from {start:.3g} "
                f"to {loss:.3g}; try a --learning-rate below {learning_rate:g}"
            )
        if dist.get_rank() == 0 and (epoch % SAVE_EVERY == 0 or epoch == num_epochs):
            save(model, W, b, losses, run)
        if epoch < num_epochs:  # the last round only measures
            W -= learning_rate * dW
            b -= learning_rate * db
    return losses


def join(timeout: float) -> torch.device:
    """Meet the other processes that torchrun has started; say which device is ours.

    Raises ConnectionError if some of them don't come in time, or the port is taken.
    """
    on_gpu = torch.cuda.is_available()
    device = torch.device("cuda" if on_gpu else "cpu", int(os.environ["LOCAL_RANK"]))
    if on_gpu:
        torch.cuda.set_device(device)
    where = f"port {os.environ['MASTER_PORT']} of {os.environ['MASTER_ADDR']}"
    try:
        dist.init_process_group(
            "nccl" if on_gpu else "gloo", timeout=timedelta(seconds=timeout)
        )
    except dist.DistError as error:
        if "EADDRINUSE" in str(error):
            raise ConnectionError(f"{where} is in use: choose another") from error
        raise ConnectionError(
            f"the {os.environ['WORLD_SIZE']} processes did not meet at {where} within "
            f"{timeout:g} s: is each one started, and can it reach that address?"
        ) from error
    return device


def above_zero(text: str) -> float:
    """Read a number from the command line."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above zero and finite")
    return number


def main() -> None:
    """Train on the shards of a folder, as the command line says."""
    parser = argparse.ArgumentParser(description="Train on several processes.")
    parser.add_argument("shards", type=Path, help="folder with 0.npz, 1.npz, ...")
    parser.add_argument("model", type=Path, help="file for W, b and the losses")
    parser.add_argument("--learning-rate", type=above_zero, default=0.1)
    parser.add_argument("--num-epochs", type=int, default=100)
    parser.add_argument(
        "--timeout", type=above_zero, default=60, help="seconds to wait"
    )
    options = parser.parse_args()
    if options.num_epochs < 1:
        parser.error(f"--num-epochs: {options.num_epochs} is not above zero")
    rank = os.environ.get("RANK")
    if rank is None:
        sys.exit("start this with torchrun: see the first lines of the file")
    try:
        device = join(options.timeout)
        X, y = (part.to(device) for part in read_shard(options.shards / f"{rank}.npz"))
        started = time.perf_counter()
        losses = train_together(
            X, y, options.model, options.learning_rate, options.num_epochs
        )
        seconds = time.perf_counter() - started
    except (ValueError, FloatingPointError, ConnectionError) as error:
        sys.exit(f"process {rank}: {error}")
    except RuntimeError as error:  # what gloo and NCCL raise in the midst of an epoch
        sys.exit(f"process {rank}: lost the others: {str(error).splitlines()[0]}")
    if rank == "0":
        print(f"{len(losses) - 1} epochs in {seconds:.3f} s, loss {losses[-1]:.6f}")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
