"""What an epoch costs: numbers through memory, messages through a network."""

from linreg.checks import check_count, check_positive

NUMBER_BYTES = 8  # of a float64


def epoch_bytes(num_rows: int, num_features: int) -> int:
    """Count what one epoch of full-batch gradient descent reads.

        bytes = 2 · 8 · N · (D + 1)

    X and y go by twice: for the predictions and their errors, and for the gradient.
    """
    check_count(num_rows=num_rows, num_features=num_features)
    return 2 * NUMBER_BYTES * num_rows * (num_features + 1)


def message_bytes(num_features: int, num_workers: int) -> float:
    """Count what each of K workers sends in one epoch to add up D + 2 numbers.

        bytes = 2 (K - 1) / K · 8 · (D + 2)

    The sums go around a ring, once to be added and once to be handed out: the number
    of rows is not in it.
    Source: Patarasuk and Yuan, J. Parallel Distrib. Comput. 69 (2009).
    """
    check_count(num_features=num_features, num_workers=num_workers)
    return 2 * (num_workers - 1) / num_workers * NUMBER_BYTES * (num_features + 2)


def epoch_seconds(
    num_rows: int,
    num_features: int,
    num_workers: int,
    memory_bandwidth: float,
    latency: float,
    network_bandwidth: float,
) -> float:
    """Predict the time of one epoch on K workers that share the rows.

        t = (bytes read) / (K · memory bandwidth)
          + 2 (K - 1) · latency + (bytes sent) / (network bandwidth)

    Units: bytes per second, and seconds for a message to arrive; result in seconds.
    """
    check_count(num_workers=num_workers)
    check_positive(memory_bandwidth=memory_bandwidth, latency=latency)
    check_positive(network_bandwidth=network_bandwidth)
    reading = epoch_bytes(num_rows, num_features) / (num_workers * memory_bandwidth)
    sending = message_bytes(num_features, num_workers) / network_bandwidth
    return reading + 2 * (num_workers - 1) * latency + sending


def moments_seconds(num_rows: int, num_features: int, multiplications: float) -> float:
    """Predict the time of the sums that least squares needs: one pass, D² for each row.

        t = N · D · (D + 1) / (multiplications per second)

    It is paid once, where gradient descent pays D for each row in every epoch.
    """
    check_count(num_rows=num_rows, num_features=num_features)
    check_positive(multiplications=multiplications)
    return num_rows * num_features * (num_features + 1) / multiplications
