"""The same training on several processes or machines, each with rows of its own.

Start it with `torchrun --nproc-per-node=2 distributed.py shards model.npz`. Process k
reads shards/k.npz, which holds X (N_k, D) and y (N_k, 1) as float64. No rows travel: in
each epoch the processes add up D + 2 numbers. With --max-restarts=3 torchrun starts them
again when one dies, and they go on from what model.npz has kept. Set the environment
variable TORCH_DISABLE_SHARE_RDZV_TCP_STORE to 1 for that: each start then has a meeting
place of its own, so that it never meets addresses of processes that have ended.
"""

import argparse
import hashlib
import os
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

SAVE_EVERY = 100  # epochs
DAMAGED = (zipfile.BadZipFile, zlib.error)


def read_arrays(path: Path, names: set[str], advice: str) -> dict[str, np.ndarray]:
    """Read a .npz file. Raises ValueError if it is missing, damaged or another one."""
    with guard_file(path, advice), path.open("rb") as file:
        arrays = np.load(file)
        return {name: arrays[name] for name in names}


@contextmanager
def guard_file(path: Path, advice: str) -> Iterator[None]:
    """Say in every error while a file is read which one it is."""
    if not path.is_file():
        raise ValueError(f"there is no {path}: {advice}")
    try:
        yield
    except (ValueError, LookupError, EOFError, OSError, *DAMAGED) as error:
        raise ValueError(f"{path} is damaged, or another file: {advice}") from error


def read_shard(path: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Read the rows of one process: X (N_k, D) and y (N_k, 1).

    Raises ValueError for a missing file, other names, types or shapes, NaN or infinity.
    """
    advice = f"process {path.stem} needs it, written by np.savez(path, X=X, y=y)"
    shard = read_arrays(path, {"X", "y"}, advice)
    check_shard(path, **shard)
    return torch.from_numpy(shard["X"]), torch.from_numpy(shard["y"])


def check_shard(path: Path, X: np.ndarray, y: np.ndarray) -> None:
    """Refuse anything but finite float64 rows, each with its target."""
    if X.dtype != np.float64 or y.dtype != np.float64:
        raise ValueError(
            f"{path} holds {X.dtype} and {y.dtype}, not float64: try X.astype(float)"
        )
    if X.ndim != 2 or X.size == 0 or y.shape != (len(X), 1):
        raise ValueError(f"{path} has X {X.shape}, y {y.shape}: not (N, D) and (N, 1)")
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise ValueError(f"{path} has NaN or infinity: remove or replace it")


def describe(X: torch.Tensor, y: torch.Tensor, learning_rate: float) -> dict[str, str]:
    """Say what makes this run another one than others: data of all shards, and rate.

    Raises ValueError if shards disagree in their number of features.
    """
    shards: list[tuple[int, int, str]] = [(0, 0, "")] * dist.get_world_size()
    contents = hashlib.sha256(np.ascontiguousarray(X.cpu()).data)
    contents.update(np.ascontiguousarray(y.cpu()).data)
    dist.all_gather_object(shards, (*X.shape, contents.hexdigest()))
    num_rows, num_features, digests = zip(*shards, strict=True)
    check_features(num_features)
    return {
        "rows": str(sum(num_rows)),
        "features": str(num_features[0]),
        "learning rate": repr(learning_rate),
        "shards with the contents": hashlib.sha256(
            "".join(digests).encode()
        ).hexdigest(),
    }


def check_features(counts: tuple[int, ...]) -> None:
    """Refuse shards that disagree in their number of features."""
    for process, count in enumerate(counts):
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
    X: torch.Tensor, y: torch.Tensor, W: torch.Tensor, b: torch.Tensor, num_rows: int
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


def resume(model: Path, run: dict[str, str], num_epochs: int) -> dict[str, np.ndarray]:
    """Find what an interrupted run has left, the same for all processes; {} if nothing.

    Process 0 reads the file: the others may be on machines that don't have it.
    Raises ValueError if the file comes from another run.
    """
    kept: list[dict[str, np.ndarray] | ValueError] = [{}]
    if dist.get_rank() == 0:
        try:
            kept = [read_model(model, run, num_epochs)]
        except ValueError as error:
            kept = [error]
    dist.broadcast_object_list(kept)
    if isinstance(kept[0], ValueError):
        raise kept[0]
    return kept[0]


def check_folder(model: Path) -> None:
    """Refuse a file whose folder is missing."""
    if not model.parent.is_dir():
        raise ValueError(f"there is no folder {model.parent}: make it first")


def read_model(
    model: Path, run: dict[str, str], num_epochs: int
) -> dict[str, np.ndarray]:
    """Read the file of an interrupted run; {} if there is none.

    Raises ValueError if it comes from another run, or there is no folder for it.
    """
    check_folder(model)
    if not model.exists():
        return {}
    kept = read_arrays(model, {"W", "b", "losses", "run"}, "name another file")
    check_run(model, kept, run, num_epochs)
    return kept


def check_run(
    model: Path, kept: dict[str, np.ndarray], run: dict[str, str], num_epochs: int
) -> None:
    """Refuse to go on from the file of another run, or of one that went further."""
    fix = "remove the file, or name another"
    before = dict(zip(run, kept["run"], strict=False))
    for name, now in run.items():
        then = before.get(name, "unknown")
        if then != now:
            raise ValueError(
                f"{model} comes from a run with {name} {then:.12}, but now it is "
                f"{now:.12}: {fix}"
            )
    if len(kept["losses"]) > num_epochs + 1:
        raise ValueError(
            f"{model} has {len(kept['losses']) - 1} epochs already, more than "
            f"{num_epochs}: {fix}"
        )


def save(
    model: Path,
    W: torch.Tensor,
    b: torch.Tensor,
    losses: list[float],
    run: dict[str, str],
) -> None:
    """Write the model whole or not at all, whenever this process may be stopped."""
    part = model.with_name(model.name + ".part")
    with part.open("wb") as file:
        np.savez(file, W=W.cpu(), b=b.cpu(), losses=losses, run=list(run.values()))
    part.replace(model)


def train_together(
    X: torch.Tensor, y: torch.Tensor, model: Path, learning_rate: float, num_epochs: int
) -> list[float]:
    """Train by full-batch gradient descent with all processes, in step with each other.

    The weights start at zero, or where an interrupted run has left them in `model`,
    which holds W and b in the end. Returns the losses: entry k was measured after k
    updates. Raises FloatingPointError if the loss rises above where it started.
    """
    run = describe(X, y, learning_rate)
    kept = resume(model, run, num_epochs)
    W = X.new_tensor(kept.get("W", np.zeros((X.shape[1], 1))))
    b = X.new_tensor(kept.get("b", np.zeros(1)))
    losses = list(kept.get("losses", [])[:-1])  # the last is measured again
    for epoch in range(len(losses), num_epochs + 1):
        dW, db, loss = gradients_together(X, y, W, b, int(run["rows"]))
        losses.append(loss)
        check_loss(losses, learning_rate)
        if dist.get_rank() == 0 and (epoch % SAVE_EVERY == 0 or epoch == num_epochs):
            save(model, W, b, losses, run)
        if epoch < num_epochs:  # the last round only measures
            W -= learning_rate * dW
            b -= learning_rate * db
    return losses


def check_loss(losses: list[float], learning_rate: float) -> None:
    """Raise FloatingPointError if the loss is not finite, or above where it started."""
    start, loss = losses[0], losses[-1]
    if not start < float("inf"):
        raise FloatingPointError(
            "the squares of y are too large for float64: rescale y"
        )
    if not loss <= start * (1 + 1e-9):
        raise FloatingPointError(
            f"training diverged at epoch {len(losses) - 1}: the loss rose from "
            f"{start:.3g} to {loss:.3g}; try a --learning-rate below {learning_rate:g}, "
            f"or standardize X"
        )


def join(timeout: float) -> torch.device:
    """Meet the other processes that torchrun has started; say which device is ours.

    That is a GPU if there is one for each process of this machine.
    Raises ConnectionError if some of them don't come in time, or the port is taken.
    """
    on_gpu = torch.cuda.device_count() >= int(os.environ["LOCAL_WORLD_SIZE"])
    device = torch.device("cuda" if on_gpu else "cpu", int(os.environ["LOCAL_RANK"]))
    if on_gpu:
        torch.cuda.set_device(device)
    with guard_meeting(timeout):
        dist.init_process_group(
            "nccl" if on_gpu else "gloo", timeout=timedelta(seconds=timeout)
        )
    return device


@contextmanager
def guard_meeting(timeout: float) -> Iterator[None]:
    """Say why processes don't meet."""
    where = f"port {os.environ['MASTER_PORT']} of {os.environ['MASTER_ADDR']}"
    try:
        yield
    except dist.DistError as error:
        if "EADDRINUSE" in str(error):
            raise ConnectionError(f"{where} is in use: choose another") from error
        raise ConnectionError(
            f"the {os.environ['WORLD_SIZE']} processes did not meet at {where} within "
            f"{timeout:g} s: is each one started, and can it reach that address?"
        ) from error


def check_positive(text: str) -> float:
    """Read a number above zero from the command line."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above zero and finite")
    return number


def main() -> None:
    """Train on the shards of a folder, as the command line says."""
    parser = argparse.ArgumentParser(description="Train on several processes.")
    parser.add_argument("shards", type=Path, help="folder with 0.npz, 1.npz, ...")
    parser.add_argument("model", type=Path, help="file for W, b and the losses")
    parser.add_argument("--learning-rate", type=check_positive, default=0.1)
    parser.add_argument("--num-epochs", type=int, default=100)
    parser.add_argument(
        "--timeout", type=check_positive, default=60, help="seconds to wait"
    )
    options = parser.parse_args()
    if options.num_epochs < 1:
        parser.error(f"--num-epochs: {options.num_epochs} is not above zero")
    rank = os.environ.get("RANK")
    if rank is None:
        sys.exit("start this with torchrun: see the first lines of the file")
    with guard_training(rank):
        device = join(options.timeout)
        X, y = (part.to(device) for part in read_shard(options.shards / f"{rank}.npz"))
        started = time.perf_counter()
        losses = train_together(
            X, y, options.model, options.learning_rate, options.num_epochs
        )
        seconds = time.perf_counter() - started
    if rank == "0":
        print(f"{len(losses) - 1} epochs in {seconds:.3f} s, loss {losses[-1]:.6f}")
    dist.destroy_process_group()


@contextmanager
def guard_training(rank: str) -> Iterator[None]:
    """End with one plain line, which says which process it comes from."""
    try:
        yield
    except (ValueError, FloatingPointError, OSError) as error:
        sys.exit(f"process {rank}: {error}")
    except RuntimeError as error:  # what gloo and NCCL raise in the midst of an epoch
        sys.exit(f"process {rank}: lost the others: {str(error).splitlines()[0]}")


if __name__ == "__main__":
    main()
