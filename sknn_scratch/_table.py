"""The lines that a fit with `verbose` prints."""

from time import perf_counter

_WIDTHS = {
    "Iteration": 9,
    "Loss": 13,
    "Val. loss": 13,
    "Val. score": 13,
    "Rate": 10,
    "Seconds": 9,
}


class EpochTable:
    """Prints a line an epoch, in columns under a heading.

    Parameters
    ----------
    validates : bool
        Whether there is a validation set to tell of.
    has_rate : bool
        Whether there is a learning rate.
    heading : bool
        Whether to print a heading first.
    """

    def __init__(self, validates, has_rate, heading):
        absent = set() if validates else {"Val. loss", "Val. score"}
        absent |= set() if has_rate else {"Rate"}
        self._columns = [name for name in _WIDTHS if name not in absent]
        if heading:
            self._print({name: name for name in self._columns})
        self._begun = perf_counter()

    def add(self, n_iter, loss, validation_loss, score, rate):
        """Print the line of an epoch; what has no column is not looked at."""
        self._print(
            {
                "Iteration": str(n_iter),
                "Loss": _number(loss),
                "Val. loss": _number(validation_loss),
                "Val. score": _number(score),
                "Rate": f"{rate:.2e}",
                "Seconds": f"{perf_counter() - self._begun:.3f}",
            }
        )
        self._begun = perf_counter()

    def _print(self, cells):
        print(*(f"{cells[name]:>{_WIDTHS[name]}}" for name in self._columns))


def _number(value):
    """Return a number with its point in line, unless it is too long."""
    return f"{value:.6f}" if abs(value) < 1e5 else f"{value:.5e}"
