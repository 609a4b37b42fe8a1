"""What an epoch costs: numbers through memory, messages through a network."""

from linreg.checks import Count, Positive, checked

NUMBER_BYTES = 8  # of a float64


@checked()
def epoch_bytes(num_rows: Count, num_features: Count) -> int:
    """Bytes that one epoch of full-batch gradient descent reads.

        bytes = 2 · 8 · N · (D + 1)

    X and y are read twice: for the predictions and their errors, and for the gradient.
    """
    return 2 * NUMBER_BYTES * num_rows * (num_features + 1)


@checked("message_bytes")
def message_bytes(num_features: Count, num_workers: Count) -> float:
    """Bytes that each of K workers sends in one epoch to add up D + 2 numbers.

        bytes = 2 (K - 1) / K · 8 · (D + 2)

    The sums go around a ring, once to be added and once to be handed out: the number
    of rows is not in it.
    Source: Patarasuk and Yuan, J. Parallel Distrib. Comput. 69 (2009).
    """
    return 2 * (num_workers - 1) / num_workers * NUMBER_BYTES * (num_features + 2)


@checked("epoch_seconds")
def epoch_seconds(
    num_rows: Count,
    num_features: Count,
    num_workers: Count,
    memory_bandwidth: Positive,
    latency: Positive,
    network_bandwidth: Positive,
) -> float:
    """Time of one epoch on K workers that share the rows.

        t = (bytes read) / (K · memory bandwidth)
          + 2 (K - 1) · latency + (bytes sent) / (network bandwidth)

    Units: bytes per second, and seconds for a message to arrive; result in seconds.
    """
    reading = epoch_bytes(num_rows, num_features) / (num_workers * memory_bandwidth)
    sending = message_bytes(num_features, num_workers) / network_bandwidth
    return reading + 2 * (num_workers - 1) * latency + sending


@checked("moments_seconds")
def moments_seconds(
    num_rows: Count, num_features: Count, multiplications: Positive
) -> float:
    """Time of the sums that least squares needs: one pass, D² for each row.

        t = N · D · (D + 1) / (multiplications per second)

    It is paid once, where gradient descent pays D for each row in every epoch.
    """
    return num_rows * num_features * (num_features + 1) / multiplications
