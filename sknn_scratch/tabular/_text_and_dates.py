"""Encoding of datetime and text columns with skrub."""

import numpy as np

from ._columns import is_date


class SkrubColumn:
    """A column that skrub encodes as numbers.

    Parameters
    ----------
    name : object
        Its name.
    kind : {"date", "text"}
        Which of skrub's encoders it needs: DatetimeEncoder or StringEncoder.
    random_state : int, RandomState instance or None
        Of StringEncoder.

    Attributes
    ----------
    feature_names : list of str
        Names of the numbers, once `fit_transform` has been called.

    Raises
    ------
    ImportError
        If skrub cannot be imported.
    """

    def __init__(self, name, kind, random_state):
        try:
            import skrub
        except ImportError as error:
            raise ImportError(
                f"Column {name!r} of X contains {_KINDS[kind]}; encoding it requires "
                "skrub. Install it with pip install skrub pandas, or drop the column."
            ) from error
        except (OSError, RuntimeError) as error:
            raise ImportError(
                f"Column {name!r} of X contains {_KINDS[kind]}; encoding it requires "
                "skrub. skrub creates a data folder when it is imported, which failed "
                f"({error}). Set the environment variable SKB_DATA_DIRECTORY to the "
                "absolute path of a writable folder."
            ) from error
        self.name, self.kind = str(name), kind
        if kind == "date":
            self._encoder = skrub.DatetimeEncoder()
        else:
            self._encoder = skrub.StringEncoder(random_state=random_state)

    def __repr__(self):
        return f"SkrubColumn({self._encoder})"

    def fit_transform(self, values):
        """Return the numbers of the column in the training set.

        Parameters
        ----------
        values : list
            The values; None where they are missing.

        Returns
        -------
        numbers : ndarray of shape (n_samples, n_numbers), float64
            NaN for missing dates.
        wrong : list
            Values that are no dates.
        """
        series, wrong = self._series(values)
        frame = self._encoder.fit_transform(series)
        self.feature_names = [str(column) for column in frame.columns]
        return frame.to_numpy(dtype=float, na_value=np.nan), wrong

    def transform(self, values):
        """Return the numbers of the column in another set, as `fit_transform` does."""
        series, wrong = self._series(values)
        numbers = self._encoder.transform(series)
        return numbers.to_numpy(dtype=float, na_value=np.nan), wrong

    def _series(self, values):
        """Return the column for skrub, and the values that are not dates."""
        import pandas as pd

        if self.kind == "text":
            text = ["" if value is None else str(value) for value in values]
            return pd.Series(text, name=self.name), []
        dates = [v if is_date(v) or isinstance(v, str) else None for v in values]
        series = pd.to_datetime(
            pd.Series(dates, name=self.name, dtype=object),
            errors="coerce", format="ISO8601", utc=True,
        )  # fmt: skip
        found = series.isna().to_numpy()
        wrong = [v for v, no in zip(values, found, strict=True) if no and v is not None]
        return series.dt.tz_localize(None), wrong


_KINDS = {"date": "dates", "text": "text"}
