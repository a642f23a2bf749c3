"""Out-of-core training: a file larger than memory, read in chunks.

The file contains 5,000 MNIST digits of 100 pixels in float32, repeated. Its formats are
.npy (memory-mapped), Parquet and CSV. Training follows docs/guide/large.rst: one pass
for the scaler, then epochs of `partial_fit`. The script measures the peak memory and
the seconds per epoch, and compares them with those after loading the whole file. It
prints a table and writes chunks.json. Linux only.
"""

import argparse
import tempfile
import time
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from harness import (
    MemoryRise,
    in_own_process,
    output_folder,
    save,
    tiled,
    varied_pixels,
)
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier

N_DIGITS = 5000


def write(folder, n_rows):
    """Write the same table of n_rows rows as .npy, Parquet and CSV."""
    X, y = varied_pixels(100)
    order = np.random.RandomState(0).permutation(N_DIGITS)
    X, y = X[order], y[order]
    np.save(folder / "X.npy", tiled(X, n_rows))
    np.save(folder / "y.npy", tiled(y, n_rows))
    table = pd.DataFrame(X, columns=[f"pixel {i}" for i in range(100)])
    table["digit"] = y
    # The text is formatted once: formatting all rows would take minutes.
    head, rows = table.to_csv(index=False).split("\n", 1)
    with (
        open(folder / "table.csv", "w") as csv,
        pq.ParquetWriter(
            folder / "table.parquet", pa.Table.from_pandas(table).schema
        ) as parquet,
    ):
        csv.write(head + "\n")
        for _ in range(n_rows // N_DIGITS):
            csv.write(rows)
            parquet.write_table(pa.Table.from_pandas(table))


def from_npy(folder, chunk):
    """Yield chunks of a memory-mapped array."""
    y = np.load(folder / "y.npy", mmap_mode="r")
    for start in range(0, len(y), chunk):
        # Map the file again, or the pages of all chunks would count as used memory.
        X = np.load(folder / "X.npy", mmap_mode="r")
        yield X[start : start + chunk], y[start : start + chunk]


def from_csv(folder, chunk):
    """Yield chunks of a CSV file."""
    # One dtype for all columns, or pandas would convert the numbers to float64.
    how = {"chunksize": chunk, "dtype": np.float32}
    with pd.read_csv(folder / "table.csv", **how) as frames:
        for frame in frames:
            y = frame.pop("digit").to_numpy(int)
            yield frame.to_numpy(), y


def from_parquet(folder, chunk):
    """Yield chunks of a Parquet file, each of a few row groups."""
    with pq.ParquetFile(folder / "table.parquet") as file:
        n, step = file.num_row_groups, max(1, chunk // N_DIGITS)
        for start in range(0, n, step):
            groups = range(start, min(n, start + step))
            # With threads, each thread would keep memory that it has freed.
            frame = file.read_row_groups(groups, use_threads=False).to_pandas()
            y = frame.pop("digit").to_numpy()
            yield frame.to_numpy(), y


def whole(folder, chunk):
    """Yield the array in one piece, loaded into memory."""
    yield np.load(folder / "X.npy"), np.load(folder / "y.npy")


READERS = {
    "whole": whole,
    "npy": from_npy,
    "parquet": from_parquet,
    "csv": from_csv,
}


def train(chunks, n_chunks, n_epochs):
    """Fit a scaler in a first pass, and a classifier in epochs of chunks.

    Parameters
    ----------
    chunks : callable
        Returns a new iterator over (X, y) for each pass.
    n_chunks, n_epochs : int
        Number of chunks, and of passes over them.

    Returns
    -------
    model : MLPScratchClassifier
        After n_chunks * n_epochs calls of `partial_fit`.
    seconds : float
        Seconds per epoch.
    """
    scaler = StandardScaler()
    for X, _ in islice(chunks(), n_chunks):
        scaler.partial_fit(X)
    model = MLPScratchClassifier(
        learning_rate="cosine",
        learning_rate_init=0.005,
        average=0.99,
        max_iter=n_chunks * n_epochs,
        random_state=0,
    )
    start = time.perf_counter()
    for _ in range(n_epochs):
        for X, y in islice(chunks(), n_chunks):
            model.partial_fit(scaler.transform(X), y, classes=range(10))
    return model, (time.perf_counter() - start) / n_epochs


def measure(read, small, folder, n_chunks, chunk, n_epochs):
    """Return the peak memory in bytes, and the seconds per epoch."""
    train(partial(read, small, 1000), n_chunks=1, n_epochs=1)  # warm-up
    with MemoryRise() as rise:
        seconds = train(partial(read, folder, chunk), n_chunks, n_epochs)[1]
    return rise.bytes, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=500_000, help="rows: a multiple of 5,000"
    )
    parser.add_argument(
        "--chunk",
        type=int,
        default=20_000,
        help="rows of a chunk: a multiple of 5,000",
    )
    parser.add_argument("--epochs", type=int, default=2, help="passes over the file")
    parser.add_argument(
        "--formats",
        nargs="+",
        choices=READERS,
        default=list(READERS),
        metavar="FORMAT",
        help="formats: " + "; ".join(READERS) + " (whole: .npy, loaded into memory)",
    )
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    if options.rows % N_DIGITS or options.chunk % N_DIGITS:
        parser.error("--rows and --chunk must be multiples of 5,000")
    if options.rows < options.chunk:
        parser.error("--rows must be at least --chunk")
    results = []
    with tempfile.TemporaryDirectory() as name:
        small, folder = Path(name) / "small", Path(name) / "large"
        for place, n_rows in ((small, N_DIGITS), (folder, options.rows)):
            place.mkdir()
            in_own_process(write, place, n_rows)
        n_chunks = options.rows // options.chunk
        print(f"A chunk takes {options.chunk * 400 / 2**20:.1f} MiB of memory.")
        print(f"{'':10}{'file (MiB)':>12}{'peak (MiB)':>12}{'s per epoch':>12}")
        for format_ in options.formats:
            file = folder / {"parquet": "table.parquet", "csv": "table.csv"}.get(
                format_, "X.npy"
            )
            n = 1 if format_ == "whole" else n_chunks
            rise, seconds = in_own_process(
                measure,
                READERS[format_],
                small,
                folder,
                n,
                options.chunk,
                options.epochs,
            )
            result = {
                "format": format_,
                "file_mib": file.stat().st_size / 2**20,
                "chunk_mib": options.chunk * 400 / 2**20,
                "rise_mib": rise / 2**20,
                "seconds_per_epoch": seconds,
            }
            results.append(result)
            print(
                f"{format_:10}{result['file_mib']:12.0f}{result['rise_mib']:12.1f}"
                f"{seconds:12.2f}",
                flush=True,
            )
    save(options.output / "chunks.json", results)


if __name__ == "__main__":
    main()
