"""Chunks of rows, to limit memory."""

from collections.abc import Iterator


def chunks(n_rows: int, size: int) -> Iterator[slice]:
    """Yield slices of at most `size` rows that cover `n_rows`.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    size : int
        Maximum number of rows in a slice.

    Yields
    ------
    rows : slice
        The next rows; the last slice may be smaller.

    Examples
    --------
    >>> from sknn_scratch.engine.chunks import chunks
    >>> [(rows.start, rows.stop) for rows in chunks(5, 2)]
    [(0, 2), (2, 4), (4, 5)]
    """
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))
