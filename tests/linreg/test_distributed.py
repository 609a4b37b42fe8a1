"""Several processes train as one, whatever happens to them.

What runs in processes of their own is started as a reader starts it, by torchrun.
"""

import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist

from linreg import distributed
from linreg.scratch import train

PROGRAM = distributed.__file__
TORCHRUN = [sys.executable, "-m", "torch.distributed.run"]
QUIET = {
    **os.environ,
    "OMP_NUM_THREADS": "1",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
    "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
}


# Each takes seconds to start: one such run is in every run of the tests, the others in a thorough one.
several_processes = pytest.mark.thorough


def write_shards(folder: Path, *shards: tuple[np.ndarray, np.ndarray]) -> Path:
    """Write each shard's X and y as the program expects them."""
    folder.mkdir()
    for number, (X, y) in enumerate(shards):
        np.savez(folder / f"{number}.npz", X=X, y=y)
    return folder


@contextmanager
def started(*arguments: object, torchrun: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Start torchrun on the program; end it, and so its workers, if the test fails."""
    with subprocess.Popen(
        [*TORCHRUN, *torchrun, PROGRAM, *map(str, arguments)],
        env=QUIET,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def run(*arguments: object, processes: int) -> tuple[int, str]:
    """Run the program on some processes; return the exit code and all that was said."""
    options = ["--standalone", f"--nproc-per-node={processes}"]
    with started(*arguments, torchrun=options) as process:
        said, _ = process.communicate(timeout=400)
    return process.returncode, said


def run_by_hand(
    *arguments: object, port: int, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one process of two, told where to meet the other one."""
    place = {
        "RANK": "0",
        "LOCAL_RANK": "0",
        "LOCAL_WORLD_SIZE": "1",
        "WORLD_SIZE": "2",
        "MASTER_PORT": str(port),
    }
    return subprocess.run(
        [sys.executable, PROGRAM, *map(str, arguments)],
        env={**QUIET, "MASTER_ADDR": "127.0.0.1", **place, **environment},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


@pytest.fixture
def rows(make_data):
    """Ninety rows of two features."""
    return make_data(7, 90, 2)


@pytest.fixture
def alone(monkeypatch):
    """A group of one process, this one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = {"RANK": 0, "LOCAL_RANK": 0, "WORLD_SIZE": 1, "LOCAL_WORLD_SIZE": 1}
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    for name, value in (place | meeting).items():
        monkeypatch.setenv(name, str(value))
    yield
    if dist.is_initialized():
        dist.destroy_process_group()


def call_main(monkeypatch, *arguments: object) -> None:
    """Call the program in this process."""
    monkeypatch.setattr(sys, "argv", ["distributed.py", *map(str, arguments)])
    distributed.main()


# The same answer


@pytest.mark.parametrize(
    "sizes", [(20, 70), pytest.param((1, 50, 39), marks=several_processes)]
)
def test_shards_of_unequal_size_give_the_answer_of_one_process(rows, tmp_path, sizes):
    X, y = rows
    ends = np.cumsum(sizes)[:-1]
    parts = list(zip(np.split(X, ends), np.split(y, ends), strict=True))
    shards = write_shards(tmp_path / "shards", *parts)
    code, said = run(shards, tmp_path / "model.npz", processes=len(sizes))
    assert code == 0, said
    W, b, history = train(X, y, X, y, np.zeros((2, 1)), np.zeros(1), 0.1, 100)
    model = np.load(tmp_path / "model.npz")
    np.testing.assert_allclose(model["W"], W, rtol=1e-12)
    np.testing.assert_allclose(model["b"], b, rtol=1e-12)
    np.testing.assert_allclose(model["losses"], history["train"], rtol=1e-12)
    assert re.search(
        rf"^100 epochs in .+ s, loss {history['train'][-1]:.6f}$", said, re.MULTILINE
    )
    # The average of the shards' own answers would be another one.
    own = [train(*part, *part, W * 0, b * 0, 0.1, 100)[0] for part in parts]
    assert abs(np.mean(own, axis=0) - W).max() > 1e-3


@several_processes
def test_two_machines_meet_at_an_address(rows, tmp_path):
    X, y = rows
    shards = write_shards(tmp_path / "shards", (X[:20], y[:20]), (X[20:], y[20:]))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        meeting = f"--rdzv-endpoint=127.0.0.1:{free.getsockname()[1]}"
    options = ["--nnodes=2", "--nproc-per-node=1", "--max-restarts=3"]
    options += ["--rdzv-backend=c10d", meeting, "--rdzv-id=lesson"]
    machine = partial(started, shards, tmp_path / "model.npz", torchrun=options)
    with machine() as one, machine() as other:
        said = [process.communicate(timeout=400)[0] for process in (one, other)]
    assert [one.returncode, other.returncode] == [0, 0], said
    W, _, _ = train(X, y, X, y, np.zeros((2, 1)), np.zeros(1), 0.1, 100)
    np.testing.assert_allclose(np.load(tmp_path / "model.npz")["W"], W, rtol=1e-12)


def test_one_process_goes_the_way_of_the_training_from_scratch(
    alone, rows, tmp_path, monkeypatch, capsys
):
    X, y = rows
    shards = write_shards(tmp_path / "shards", rows)
    call_main(monkeypatch, shards, tmp_path / "model.npz", "--num-epochs=250")
    W, _, history = train(X, y, X, y, np.zeros((2, 1)), np.zeros(1), 0.1, 250)
    model = np.load(tmp_path / "model.npz")
    np.testing.assert_allclose(model["W"], W, rtol=1e-12)
    np.testing.assert_allclose(model["losses"], history["train"], rtol=1e-12)
    assert "250 epochs in" in capsys.readouterr().out
    assert not dist.is_initialized()


def test_the_gradients_are_those_of_autograd(alone, rows):
    distributed.join(60)
    X, y = map(torch.from_numpy, rows)
    W = torch.ones((2, 1), dtype=torch.float64, requires_grad=True)
    b = torch.ones(1, dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.mse_loss(X @ W + b, y)
    loss.backward()
    found = distributed.gradients_together(X, y, W.detach(), b.detach(), len(X))
    torch.testing.assert_close(found[0], W.grad)
    torch.testing.assert_close(found[1], b.grad)
    assert found[2] == pytest.approx(loss.item())


# Interrupted


@several_processes
def test_a_killed_worker_is_restarted_and_training_ends_the_same(rows, tmp_path):
    X, y = rows
    shards = write_shards(tmp_path / "shards", (X[:20], y[:20]), (X[20:], y[20:]))
    model, epochs = tmp_path / "model.npz", "--num-epochs=1500"
    options = ["--standalone", "--nproc-per-node=2", "--max-restarts=3"]
    arguments = (shards, model, epochs, "--learning-rate=0.001")
    with started(*arguments, torchrun=options) as process:
        while not model.exists():
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.001)
        kept = np.load(model)["losses"]
        workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        os.kill(int(workers.split()[0]), signal.SIGKILL)
        said, _ = process.communicate(timeout=400)
    assert process.returncode == 0, said
    assert len(kept) < 1500, "killed too late to prove anything"
    assert "SIGKILL" in said or "exitcode: -9" in said, said
    undisturbed = tmp_path / "undisturbed.npz"
    code, said = run(shards, undisturbed, epochs, "--learning-rate=0.001", processes=2)
    assert code == 0, said
    after, expected = np.load(model), np.load(undisturbed)
    assert len(expected["losses"]) == 1501
    for name in ("W", "b", "losses"):
        np.testing.assert_array_equal(after[name], expected[name])


def test_training_goes_on_from_its_file_with_every_bit(
    alone, rows, tmp_path, monkeypatch
):
    shards = write_shards(tmp_path / "shards", rows)
    for epochs in (130, 130, 300):  # once more when it has ended, and on from there
        call_main(monkeypatch, shards, tmp_path / "a.npz", f"--num-epochs={epochs}")
    call_main(monkeypatch, shards, tmp_path / "b.npz", "--num-epochs=300")
    in_parts, at_once = np.load(tmp_path / "a.npz"), np.load(tmp_path / "b.npz")
    for name in ("W", "b", "losses"):
        np.testing.assert_array_equal(in_parts[name], at_once[name])


def test_a_crash_while_saving_leaves_the_old_file(tmp_path, monkeypatch):
    W, b = torch.ones((1, 1)), torch.ones(1)
    distributed.save(tmp_path / "model.npz", W, b, [1.0], {})

    def crash(file, **arrays):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", crash)
    with pytest.raises(OSError, match="disk full"):
        distributed.save(tmp_path / "model.npz", W * 2, b, [1.0], {})
    assert np.load(tmp_path / "model.npz")["W"] == 1


# Plain errors


RUN = r"model\.npz comes from a run with"
OTHER_RUNS = {
    "another rate": ({"rate": 0.2}, rf"{RUN} learning rate 0\.1, but now it is 0\.2"),
    "a rate a little off": ({"rate": 0.1 + 1e-12}, rf"{RUN} learning rate 0\.1"),
    "fewer rows": ({"rows": 80}, rf"{RUN} rows 90, but now it is 80: remove the file"),
    "fewer features": ({"features": 1}, rf"{RUN} features 2, but now it is 1: remove"),
    "another y": ({"y": 2}, rf"{RUN} shards with the contents \w+, but now it is \w+:"),
    "another X": ({"X": 2}, rf"{RUN} shards with the contents \w+, but now it is \w+:"),
    "other signs in X": ({"X": -1}, rf"{RUN} shards with the contents"),
    "X and y swapped about": ({"turn": True}, rf"{RUN} shards with the contents"),
    "fewer epochs": ({"epochs": 10}, r"model\.npz has 30 epochs already, more than 10"),
    "other arrays": ({"file": "arrays"}, r"model\.npz is damaged, or another file"),
    "a .npy file": ({"file": "array"}, r"model\.npz is damaged, or another file"),
    "a text": ({"file": "text"}, r"model\.npz is damaged, or another file: name anoth"),
    "a file cut off": ({"file": "cut"}, r"model\.npz is damaged, or another file"),
    "a byte flipped": ({"file": "flipped"}, r"model\.npz is damaged, or another file"),
    "without a run": (
        {"file": "old"},
        rf"{RUN} rows unknown, but now it is 90: remove",
    ),
    "a folder": ({"file": "folder"}, r"there is no .+model\.npz: name another file"),
}


def spoil(path: Path, how: str) -> None:
    """Replace a file by another one, or damage it."""
    contents = path.read_bytes()
    path.unlink()
    if how == "arrays":
        np.savez(path, W=np.ones((2, 1)))
    elif how == "array":
        with path.open("wb") as file:
            np.save(file, np.ones(3))
    elif how == "text":
        path.write_text("no archive")
    elif how == "cut":
        path.write_bytes(contents[: len(contents) // 2])
    elif how == "flipped":
        place = contents.index(b"NUMPY") + 130
        path.write_bytes(contents[:place] + b"U" + contents[place + 1 :])
    elif how == "old":
        np.savez(path, W=np.ones((2, 1)), b=np.ones(1), losses=[1.0], run=[])
    elif how == "folder":
        path.mkdir()


@pytest.mark.parametrize(("change", "message"), OTHER_RUNS.values(), ids=OTHER_RUNS)
def test_the_file_of_another_run_is_refused(
    alone, rows, tmp_path, monkeypatch, change, message
):
    X, y = rows
    model = tmp_path / "model.npz"
    call_main(monkeypatch, write_shards(tmp_path / "a", rows), model, "--num-epochs=30")
    if "file" in change:
        spoil(model, change["file"])
    kept = slice(change.get("rows", len(X)))
    X = change.get("X", 1) * X[kept, : change.get("features", 2)]
    y = change.get("y", 1) * y[kept]
    X = X[::-1] if "turn" in change else X  # the same columns, but other pairs
    other = write_shards(tmp_path / "b", (X, y))
    options = [f"--learning-rate={change.get('rate', 0.1)!r}"]
    options += [f"--num-epochs={change.get('epochs', 30)}"]
    with pytest.raises(SystemExit, match=rf"^process 0: .*{message}"):
        call_main(monkeypatch, other, model, *options)


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_targets_of_any_size_are_told_apart(alone, rows, tmp_path, monkeypatch, size):
    X, y = rows
    model = tmp_path / "model.npz"
    call_main(monkeypatch, write_shards(tmp_path / "a", (X, size * y)), model)
    other = write_shards(tmp_path / "b", (X, 5 * size * y))
    with pytest.raises(SystemExit, match=rf"{RUN} shards with the contents"):
        call_main(monkeypatch, other, model)


@pytest.mark.parametrize("rate", [1e-30, 1e-9, 1e-3])
def test_rates_of_any_size_are_told_apart(alone, rows, tmp_path, monkeypatch, rate):
    shards, model = write_shards(tmp_path / "shards", rows), tmp_path / "model.npz"
    call_main(monkeypatch, shards, model, f"--learning-rate={rate}")
    with pytest.raises(SystemExit, match=rf"{RUN} learning rate {rate}, but now it is"):
        call_main(monkeypatch, shards, model, f"--learning-rate={5 * rate}")


@several_processes
def test_another_run_on_several_processes_ends_with_one_message(rows, tmp_path):
    X, y = rows
    model = tmp_path / "model.npz"
    for name, columns, said in (("a", 2, "100 epochs in"), ("b", 1, "features 2, but")):
        parts = (X[:20, :columns], y[:20]), (X[20:, :columns], y[20:])
        _, output = run(write_shards(tmp_path / name, *parts), model, processes=2)
        assert said in output and "lost the others" not in output, output


def test_the_others_take_what_the_first_process_has_read(tmp_path, monkeypatch):
    """They may be on machines that don't have the file."""
    kept = {"W": np.ones((2, 1))}
    monkeypatch.setattr(dist, "get_rank", lambda: 1)
    monkeypatch.setattr(
        dist, "broadcast_object_list", lambda message: message.__setitem__(0, kept)
    )
    assert distributed.resume(tmp_path / "missing" / "model.npz", {}, 10) is kept


def test_rows_stored_by_columns_are_read_too(alone, rows, tmp_path, monkeypatch):
    X, y = rows
    shards = write_shards(tmp_path / "shards", (np.asfortranarray(X), y))
    call_main(monkeypatch, shards, tmp_path / "model.npz")
    W, _, _ = train(X, y, X, y, np.zeros((2, 1)), np.zeros(1), 0.1, 100)
    np.testing.assert_allclose(np.load(tmp_path / "model.npz")["W"], W, rtol=1e-12)


def test_a_missing_folder_is_named_before_anything_is_trained(
    alone, rows, tmp_path, monkeypatch
):
    shards = write_shards(tmp_path / "shards", rows)
    with pytest.raises(SystemExit, match=r"^process 0: there is no folder .+: make it"):
        call_main(monkeypatch, shards, tmp_path / "missing" / "model.npz")


def test_targets_too_large_to_square_are_not_blamed_on_the_rate(
    alone, rows, tmp_path, monkeypatch
):
    shards = write_shards(tmp_path / "shards", (rows[0], 1e200 * rows[1]))
    with pytest.raises(SystemExit, match=r"^process 0: the squares of y are too large"):
        call_main(monkeypatch, shards, tmp_path / "model.npz")


def test_files_of_similar_names_are_kept_apart(tmp_path, monkeypatch):
    parts = []
    replace = Path.replace
    monkeypatch.setattr(
        Path, "replace", lambda self, to: (parts.append(self), replace(self, to))
    )
    for name in ("model.0", "model.1"):
        distributed.save(tmp_path / name, torch.ones((1, 1)), torch.ones(1), [1.0], {})
    assert len(set(parts)) == 2


BAD_SHARDS = {
    "X as float32": ({"X": np.ones((3, 1), np.float32)}, "holds float32 and float64"),
    "y flat": ({"y": np.ones(3)}, r"has X \(3, 1\), y \(3,\): not \(N, D\)"),
    "too few targets": ({"y": np.ones((2, 1))}, r"has X \(3, 1\), y \(2, 1\)"),
    "no rows": ({"X": np.ones((0, 1)), "y": np.ones((0, 1))}, r"has X \(0, 1\)"),
    "NaN in X": ({"X": np.array([[1.0], [np.nan], [1.0]])}, "has NaN or infinity"),
    "infinity in y": ({"y": np.array([[1.0], [np.inf], [1.0]])}, "has NaN or infinity"),
}


@pytest.mark.parametrize(("arrays", "message"), BAD_SHARDS.values(), ids=BAD_SHARDS)
def test_a_bad_shard_is_named(arrays, message, tmp_path):
    path = tmp_path / "3.npz"
    np.savez(path, **{"X": np.ones((3, 1)), "y": np.ones((3, 1))} | arrays)
    with pytest.raises(ValueError, match=rf"3\.npz {message}"):
        distributed.read_shard(path)


def test_a_missing_shard_or_array_is_named(tmp_path):
    path = tmp_path / "3.npz"
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ValueError, match=r"^there is no .+3\.npz: process 3 needs"):
            distributed.read_shard(folder / "3.npz")
    np.savez(path, X=np.ones((3, 1)))
    damaged = r"3\.npz is damaged, or another file: process 3 needs it, written by np"
    with pytest.raises(ValueError, match=damaged):
        distributed.read_shard(path)


@pytest.mark.parametrize("how", ["array", "text", "cut", "flipped"])
def test_a_damaged_shard_is_named(how, tmp_path):
    path = tmp_path / "3.npz"
    np.savez(path, X=np.ones((3, 1)), y=np.ones((3, 1)))
    spoil(path, how)
    with pytest.raises(ValueError, match=r"3\.npz is damaged, or another file: proc"):
        distributed.read_shard(path)


def test_objects_in_a_shard_are_not_loaded(tmp_path):
    path = tmp_path / "3.npz"
    np.savez(path, X=np.array([[None]]), y=np.ones((1, 1)))
    with pytest.raises(ValueError, match=r"3\.npz is damaged, or another file: proc"):
        distributed.read_shard(path)


@several_processes
def test_shards_that_disagree_in_their_features_are_named(tmp_path):
    shards = write_shards(
        tmp_path / "shards",
        (np.ones((3, 2)), np.ones((3, 1))),
        (np.ones((4, 3)), np.ones((4, 1))),
    )
    code, said = run(shards, tmp_path / "model.npz", processes=2)
    assert code != 0
    assert "shard 0 has 2 features, but shard 1 has 3" in said
    assert not (tmp_path / "model.npz").exists()


def test_the_first_shard_that_disagrees_is_named():
    match = r"^shard 0 has 2 features, but shard 2 has 5$"
    with pytest.raises(ValueError, match=match):
        distributed.check_features((2, 2, 5, 2, 3))


def test_only_the_first_process_prints(alone, rows, tmp_path, monkeypatch, capsys):
    shards = write_shards(tmp_path / "shards", rows, rows)
    device = distributed.join(60)
    monkeypatch.setattr(distributed, "join", lambda timeout: device)
    monkeypatch.setenv("RANK", "1")
    call_main(monkeypatch, shards, tmp_path / "model.npz")
    assert capsys.readouterr().out == ""


@several_processes
def test_a_missing_peer_is_reported(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = run_by_hand(tmp_path, tmp_path / "model.npz", "--timeout=2", port=port)
    assert process.returncode != 0
    assert process.stderr.splitlines()[-1] == (
        f"process 0: the 2 processes did not meet at port {port} of 127.0.0.1 within "
        f"2 s: is each one started, and can it reach that address?"
    )


def test_a_port_in_use_is_reported(alone, tmp_path, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("MASTER_PORT", str(port))
        with pytest.raises(
            SystemExit, match=f"^process 0: port {port} of .+ is in use: choose another"
        ):
            call_main(monkeypatch, tmp_path, tmp_path / "model.npz")


def test_time_that_runs_out_is_reported(alone, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConnectionError, match=r"^the 2 processes did not meet at port"):
        distributed.join(1)


def test_a_peer_that_is_lost_on_the_way_is_reported(alone, rows, tmp_path, monkeypatch):
    shards = write_shards(tmp_path / "shards", rows)

    def lost(message):
        raise RuntimeError("Connection closed by peer\nand more")

    monkeypatch.setattr(dist, "all_reduce", lost)
    with pytest.raises(
        SystemExit, match=r"^process 0: lost the others: Connection closed by peer$"
    ):
        call_main(monkeypatch, shards, tmp_path / "model.npz")


def test_divergence_is_reported(alone, rows, tmp_path, monkeypatch):
    shards = write_shards(tmp_path / "shards", rows)
    with pytest.raises(
        SystemExit,
        match=r"^process 0: training diverged at epoch \d+: .+ --learning-rate below 9, ",
    ):
        call_main(monkeypatch, shards, tmp_path / "m.npz", "--learning-rate=9")


@pytest.mark.parametrize(
    "option",
    [
        "--learning-rate=0",
        "--learning-rate=-1",
        "--learning-rate=nan",
        "--learning-rate=inf",
        "--num-epochs=0",
        "--timeout=0",
    ],
)
def test_values_out_of_range_are_refused(option, alone, tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        call_main(monkeypatch, tmp_path, tmp_path / "m.npz", option)
    name, _, value = option.partition("=")
    assert f"{name}: {value} is not above zero" in capsys.readouterr().err


def test_a_start_without_torchrun_is_explained(tmp_path, monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.setattr(sys, "argv", [PROGRAM, "shards", "model.npz"])
    with pytest.raises(SystemExit, match=r"^start this with torchrun: see the first"):
        runpy.run_path(PROGRAM, run_name="__main__")


@pytest.mark.parametrize("gpus", [0, 1, 2, 4])
def test_gpus_are_taken_where_each_process_has_one(gpus, alone, monkeypatch):
    chosen = []
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.setattr(
        dist, "init_process_group", lambda name, timeout: chosen.append(name)
    )
    device = torch.device("cuda" if gpus >= 2 else "cpu", 1)
    assert distributed.join(5) == device
    assert chosen == ([device, "nccl"] if gpus >= 2 else ["gloo"])
