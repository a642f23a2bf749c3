"""The table that a fit with `verbose` prints."""

from time import perf_counter

from ..engine.trainer import Listener

_WIDTHS = {
    "Iteration": 9,
    "Loss": 13,
    "Val. loss": 13,
    "Val. score": 13,
    "Rate": 10,
    "Seconds": 9,
}


class EpochTable(Listener):
    """Listener that prints one line per epoch, in columns under a heading.

    Parameters
    ----------
    has_heading : bool
        Whether to print a heading first.
    title : str, default=""
        Title of the table.
    """

    def __init__(self, has_heading, title=""):
        self._has_heading, self._title = has_heading, title

    def on_begin(self, run):
        """Print the heading, with a column for each available value."""
        absent = set()
        if not run.plan.stopping.validates:
            absent = {"Val. loss", "Val. score"}
        if not run.plan.solver.has_rate:
            absent.add("Rate")
        self._columns = [name for name in _WIDTHS if name not in absent]
        if self._title:
            print(self._title)
        if self._has_heading:
            self._print({name: name for name in self._columns})
        self._begun = perf_counter()

    def on_epoch_end(self, run):
        """Print the line of an epoch."""
        history = run.state.history
        cells = {
            "Iteration": str(history.n_iter),
            "Loss": _number(history.last_loss),
            "Rate": f"{history.learning_rate_curve[-1]:.2e}",
            "Seconds": f"{perf_counter() - self._begun:.3f}",
        }
        if run.plan.stopping.validates:
            cells["Val. loss"] = _number(history.validation_loss_curve[-1])
            cells["Val. score"] = _number(history.validation_scores[-1])
        self._print(cells)
        self._begun = perf_counter()
        return False

    def on_message(self, text):
        """Print a message."""
        print(text)

    def _print(self, cells):
        print(*(f"{cells[name]:>{_WIDTHS[name]}}" for name in self._columns))


def _number(value):
    """Return a number with an aligned decimal point, unless it is too long."""
    return f"{value:.6f}" if abs(value) < 1e5 else f"{value:.5e}"
