"""Numeric columns: robust scaling, soft clipping, a piecewise-linear encoding."""

import numpy as np

# Number of knots of the piecewise-linear encoding, which are quantiles.
N_KNOTS = 9
# Larger numbers, including infinite ones, are clipped to this value.
LARGEST = 1e30
# Minimum scale, for which squares of scaled numbers do not overflow.
_SMALLEST_SCALE = 1e-100


class NumericColumns:
    """Scale columns, and encode them piecewise linearly.

    A column is centered at its median and divided by its interquartile range (by half
    of its range if that is zero). Values z are then clipped softly,
    z / √(1 + (z / clip)²). The piecewise-linear encoding of a column consists of
    degree-1 B-splines with knots at its quantiles, of which at most two are nonzero in
    a row [1]_.

    Parameters
    ----------
    A : ndarray of shape (n_samples, n_columns), float64
        The columns, NaN where values are missing.
    clip : float > 0
        What values are clipped to.

    Attributes
    ----------
    center, scale : ndarray of shape (n_columns,)
        Median and interquartile range.
    knots : ndarray of shape (`N_KNOTS`, n_columns)
        Quantiles, in ascending order.
    mean, std : ndarray of shape (n_columns,)
        Mean and standard deviation, with the median in place of missing values.
    is_missing : ndarray of shape (n_columns,), bool
        Which columns have missing values, and so an indicator column.

    References
    ----------
    .. [1] Y. Gorishniy, I. Rubachev, A. Babenko (2022). On embeddings for numerical
       features in tabular deep learning. NeurIPS 35. arXiv:2203.05556.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.tabular._numeric import NumericColumns
    >>> A = np.arange(9.0)[:, None]
    >>> smooth, *_, knots = NumericColumns(A, clip=3.0).transform(A[3:5])
    >>> smooth[:, 0].round(2).tolist()
    [-0.25, 0.0]
    >>> knots.argmax(axis=1).tolist()
    [3, 4]
    """

    def __init__(self, A, clip):
        self.clip = clip
        self.is_missing = np.isnan(A).any(axis=0)
        self.knots = _quantiles(A, np.linspace(0, 1, N_KNOTS))
        low, self.center, high = self.knots[[N_KNOTS // 4, N_KNOTS // 2, -N_KNOTS // 4]]
        halves = self.knots[-1] / 2 - self.knots[0] / 2
        scale = np.where(high > low, high - low, np.where(halves > 0, halves, 1.0))
        self.scale = np.maximum(scale, _SMALLEST_SCALE)
        self.mean, self.std = _moments(self._filled(A))

    def __repr__(self):
        return f"NumericColumns({len(self.center)} columns)"

    def transform(self, A):
        """Return the features of columns.

        Parameters
        ----------
        A : ndarray of shape (n_samples, n_columns), float64
            The columns.

        Returns
        -------
        smooth : ndarray of shape (n_samples, n_columns)
            Scaled and softly clipped; missing values are 0, the median.
        missing : ndarray of shape (n_samples, n_missing)
            1 for a missing value, else 0: indicators of columns that have some.
        linear : ndarray of shape (n_samples, n_columns)
            Standardized and clipped to the range of the training set only.
        knots : ndarray of shape (n_samples, n_columns * N_KNOTS)
            The piecewise-linear encoding.
        """
        missing = np.isnan(A)[:, self.is_missing]
        A = self._filled(A)
        smooth = (A - self.center) / self.scale
        smooth /= np.sqrt(1 + np.square(smooth / self.clip))
        linear = (np.clip(A, self.knots[0], self.knots[-1]) - self.mean) / self.std
        return smooth, missing, linear, self._piecewise_linear(A)

    def _filled(self, A):
        """Return finite numbers, with the median for missing values and constants."""
        # A column that is constant in the training set has no effect in prediction.
        constant = self.knots[0] == self.knots[-1]
        A = np.clip(A, -LARGEST, LARGEST)
        return np.where(np.isnan(A) | constant, self.center, A)

    def _piecewise_linear(self, A):
        """Return the piecewise-linear basis functions of all knots."""
        lower, width = self.knots[:-1], np.diff(self.knots, axis=0)
        # Between two equal knots there is a jump.
        width = np.maximum(width, np.finfo(float).tiny)
        position = np.zeros_like(A)  # number of knots below the value, with fractions
        for low, wide in zip(lower, width, strict=True):
            with np.errstate(over="ignore"):
                position += np.clip((A - low) / wide, 0, 1)
        features = np.abs(position[:, :, None] - np.arange(N_KNOTS))
        np.maximum(np.subtract(1, features, out=features), 0, out=features)
        return features.reshape(len(A), -1)


def _moments(A):
    """Return means and standard deviations, with 1 for constants."""
    mean, std = A.mean(axis=0), A.std(axis=0)
    return mean, np.where(std > 0, std, 1.0)


def _quantiles(A, levels):
    """Return quantiles of the finite values of every column; 0 if there are none."""
    finite = np.isfinite(A)
    quantiles = np.zeros((len(levels), A.shape[1]))
    whole = finite.all(axis=0)
    if whole.any():
        quantiles[:, whole] = np.quantile(A[:, whole], levels, axis=0)
    for j in np.flatnonzero(~whole & finite.any(axis=0)):
        quantiles[:, j] = np.quantile(A[finite[:, j], j], levels)
    return np.clip(quantiles, -LARGEST, LARGEST)
