"""The encoding of the columns of a table as operations of ONNX."""

from numbers import Real
from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx.common.data_types import (
    BooleanTensorType,
    DataType,
    DoubleTensorType,
    FloatTensorType,
    Int8TensorType,
    Int16TensorType,
    Int32TensorType,
    Int64TensorType,
    StringTensorType,
    UInt8TensorType,
    UInt16TensorType,
    UInt32TensorType,
    UInt64TensorType,
)
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from ..tabular._categorical import UNKNOWN
from ..tabular._encoder import TableEncoder
from ..tabular._numeric import LARGEST, N_KNOTS
from ._graph import Graph

_INTEGERS = (
    BooleanTensorType,
    Int8TensorType,
    Int16TensorType,
    Int32TensorType,
    Int64TensorType,
    UInt8TensorType,
    UInt16TensorType,
    UInt32TensorType,
    UInt64TensorType,
)


def input_types(model: Any) -> list[tuple[str, DataType]]:
    """Return the ONNX inputs of a pipeline for tabular data.

    Pass them to ``to_onnx`` as `initial_types`.

    Parameters
    ----------
    model : Pipeline or TableEncoder
        A fitted pipeline of :mod:`sknn_scratch.tabular`, or its first step, fitted.

    Returns
    -------
    inputs : list of (str, skl2onnx.common.data_types.DataType)
        Name and type of the input for each column, of shape (n_samples, 1):
        double-precision numbers for a numeric column, strings or 64-bit integers for a
        categorical one.

    Raises
    ------
    ValueError
        If `model` does not begin with a TableEncoder, or if a column cannot be
        converted to ONNX: a datetime or text column, or categories that are neither all
        strings nor all integers.
    NotFittedError
        If `model` is not fitted.

    Examples
    --------
    >>> import pandas as pd
    >>> from skl2onnx import to_onnx
    >>> from sknn_scratch.onnx import input_types
    >>> from sknn_scratch.tabular import tabular_classifier
    >>> X = pd.DataFrame({"size": [1.0, None, 9.0] * 20, "color": list("rrb") * 20})
    >>> model = tabular_classifier(hidden_layer_sizes=8, random_state=0)
    >>> model = model.fit(X, ["small", "small", "large"] * 20)
    >>> dict(input_types(model))
    {'size': DoubleTensorType(shape=[None, 1]),
     'color': StringTensorType(shape=[None, 1])}
    >>> converted = to_onnx(model, initial_types=input_types(model))
    >>> [output.name for output in converted.graph.output]
    ['output_label', 'output_probability']
    """
    encoder = model
    while isinstance(encoder, Pipeline):
        encoder = encoder[0]
    if not isinstance(encoder, TableEncoder):
        raise ValueError(
            "model must be a TableEncoder, or a pipeline that begins with one; got "
            f"{model!r}. After a search, pass best_estimator_."
        )
    check_is_fitted(encoder)
    _refuse_columns(encoder)
    return [
        (str(name), _kind_of_input(encoder, name)([None, 1])) for name in encoder.kinds_
    ]


def parse_encoder(scope, encoder, inputs, custom_parsers=None):
    """Check the inputs of an encoder, and declare its output."""
    check_is_fitted(encoder)
    _refuse_columns(encoder)
    given = _inputs_by_column(encoder, inputs)
    wrong = {
        name: type(variable.type).__name__
        for name, variable in given.items()
        if not _is_accepted(variable.type, _kind_of_input(encoder, name))
    }
    if wrong:
        raise ValueError(
            "Inputs of ONNX must be numbers for numeric columns, integers for "
            "categories that are integers, and strings for other categories; got "
            f"{wrong}. Pass initial_types=sknn_scratch.onnx.input_types(model) instead "
            "of X."
        )
    _restore_names(scope, inputs)
    operator = scope.declare_local_operator("SknnScratchTableEncoder", encoder)
    operator.inputs = inputs
    features = scope.declare_local_variable("features", FloatTensorType())
    operator.outputs.append(features)
    return operator.outputs


def encoder_shapes(operator):
    """Set the shape of the features."""
    n_samples = operator.inputs[0].get_first_dimension()
    n_features = len(operator.raw_operator.get_feature_names_out())
    operator.outputs[0].set_type(FloatTensorType([n_samples, n_features]))


def convert_encoder(scope, operator, container):
    """Write `transform`."""
    encoder = operator.raw_operator
    graph = Graph(scope, container, double=True)
    read = _Reader(graph, encoder, operator.inputs)
    numbers = [read.numbers(name) for name in encoder._of_kind("number")]
    codes = {
        name: _codes(graph, read.categories(name), column)
        for name, column in encoder.categorical_columns_.items()
    }
    numbers += [
        graph("Gather", table, codes[name], axis=0)
        for name, table in encoder.target_means_.items()
    ]
    features = [
        _indicators(graph, codes[name], column)
        for name, column in encoder.categorical_columns_.items()
    ]
    if numbers:
        joined = graph("Concat", *numbers, axis=1)
        smooth, missing, *others = _numeric(graph, joined, encoder.numeric_columns_)
        features = [smooth, *features, *missing, *others]
    features = graph("Mul", graph("Concat", *features, axis=1), float(encoder.gain))
    output = operator.outputs[0].full_name
    graph("Cast", features, output=output, to=TensorProto.FLOAT)


def _refuse_columns(encoder):
    """Raise an error that names the columns which cannot be converted."""
    refused = {name: column.kind for name, column in encoder.skrub_columns_.items()}
    for name, column in encoder.categorical_columns_.items():
        if _key_type(column.categories) is None:
            types = sorted({type(value).__name__ for value in column.categories})
            refused[name] = f"categories of {', '.join(types)}"
    if refused:
        raise ValueError(
            "Columns must be numeric, or categorical with categories that are all "
            "strings or all integers, to be converted to ONNX; got "
            f"{refused}. Drop or convert these columns before fit."
        )


def _key_type(categories):
    """Return str or int, if all categories are of this type; else None."""
    if all(isinstance(value, str) for value in categories):
        return str
    # Categories of pandas are floats where integers have missing values among them.
    whole = all(
        isinstance(value, Real | np.bool_)
        and float(value).is_integer()
        and abs(value) < 2**63
        for value in categories
    )
    return int if whole else None


def _kind_of_input(encoder, name):
    """Return the type of the input for a column."""
    if encoder.kinds_[name] == "number":
        return DoubleTensorType
    keys = _key_type(encoder.categorical_columns_[name].categories)
    return StringTensorType if keys is str else Int64TensorType


def _is_accepted(given, kind):
    """Return whether an input of a type can be taken for one of another kind."""
    if kind is Int64TensorType:
        return isinstance(given, _INTEGERS)
    return isinstance(given, StringTensorType) == (kind is StringTensorType)


def _is_table(encoder, inputs):
    """Return whether the only input has all columns, and not just one."""
    first, *others = inputs
    if others or not first.is_root:  # the output of another step is a table
        return not others
    return list(first.type.shape[1:]) == [encoder.n_features_in_]


def _inputs_by_column(encoder, inputs):
    """Return the input of every column by the name of the column."""
    if _is_table(encoder, inputs):
        return dict.fromkeys(encoder.kinds_, inputs[0])
    by_name = {variable.raw_name: variable for variable in inputs}
    missing = [name for name in encoder.kinds_ if str(name) not in by_name]
    if missing:
        raise ValueError(
            f"Inputs of ONNX must include all columns of fit; {missing} are missing. "
            "Pass initial_types=sknn_scratch.onnx.input_types(model) instead of X."
        )
    return {name: by_name[str(name)] for name in encoder.kinds_}


def _restore_names(scope, inputs):
    """Name inputs like the columns: skl2onnx has turned names into identifiers."""
    for variable in inputs:
        old, new = variable.onnx_name, variable.raw_name
        if variable.is_root and new != old:
            scope.rename_onnx_name(old, new)
            scope.onnx_variable_names.discard(old)
            scope.onnx_variable_names.add(new)
            variable.set_onnx_name(new)


class _Reader:
    """Writes the conversion of columns to numbers, and to keys of categories."""

    def __init__(self, graph, encoder, inputs):
        self._graph = graph
        self._inputs = _inputs_by_column(encoder, inputs)
        self._is_table = _is_table(encoder, inputs)

    def numbers(self, name):
        """Return a numeric column as a column of floats."""
        return self._graph("Cast", self._column(name), to=TensorProto.DOUBLE)

    def categories(self, name):
        """Return a categorical column as a vector of strings or integers."""
        column = self._graph("Reshape", self._column(name), np.array([-1]))
        if isinstance(self._inputs[name].type, StringTensorType):
            return column
        return self._graph("Cast", column, to=TensorProto.INT64)

    def _column(self, name):
        source = self._inputs[name].full_name
        if not self._is_table:
            return source
        place = list(self._inputs).index(name)
        return self._graph("Gather", source, np.array([place]), axis=1)


def _codes(graph, values, column):
    """Write the codes of the values of a categorical column."""
    keys, codes = column.categories, range(1, 1 + len(column.categories))
    if not keys:  # a column without any values
        keys, codes = [""], [UNKNOWN]
    is_str = _key_type(keys) is str
    return graph(
        "LabelEncoder",
        values,
        op_domain="ai.onnx.ml",
        op_version=2,
        default_int64=UNKNOWN,
        values_int64s=list(codes),
        **({"keys_strings": keys} if is_str else {"keys_int64s": list(map(int, keys))}),
    )


def _indicators(graph, codes, column):
    """Write the indicators of a categorical column."""
    n = len(column.indicated)
    # The place n stands for no indicator.
    places = np.where(column.places < 0, n, column.places)
    place = graph("Gather", places, codes, axis=0)
    hot = graph("OneHot", place, np.array([n]), np.array([0, 1]))
    return graph("Cast", hot, to=TensorProto.DOUBLE)


def _numeric(graph, A, columns):
    """Write the features of numeric columns, as NumericColumns computes them."""
    is_nan = graph("IsNaN", A)
    constant = (columns.knots[0] == columns.knots[-1])[None]
    is_filled = graph("Or", is_nan, constant)
    A = graph("Where", is_filled, columns.center[None], A)
    A = graph("Max", graph("Min", A, LARGEST), -LARGEST)
    z = graph("Div", graph("Sub", A, columns.center), columns.scale)
    of_clip = graph("Div", z, float(columns.clip))
    root = graph("Sqrt", graph("Add", graph("Mul", of_clip, of_clip), 1.0))
    smooth = graph("Div", z, root)
    missing = []
    if columns.is_missing.any():
        found = graph("Gather", is_nan, np.flatnonzero(columns.is_missing), axis=1)
        missing = [graph("Cast", found, to=TensorProto.DOUBLE)]
    low, high = columns.knots[0], columns.knots[-1]
    inside = graph("Min", graph("Max", A, low), high)
    linear = graph("Div", graph("Sub", inside, columns.mean), columns.std)
    return smooth, missing, linear, _piecewise_linear(graph, A, columns)


def _piecewise_linear(graph, A, columns):
    """Write the piecewise-linear encoding."""
    n_columns = columns.knots.shape[1]
    low = columns.knots[:-1].T[None]
    width = np.maximum(np.diff(columns.knots, axis=0).T[None], np.finfo(float).tiny)
    A = graph("Reshape", A, np.array([0, n_columns, 1]))
    passed = graph("Div", graph("Sub", A, low), width)
    passed = graph("Max", graph("Min", passed, 1.0), 0.0)
    position = graph("MatMul", passed, np.ones((N_KNOTS - 1, 1)))
    distance = graph("Abs", graph("Sub", position, np.arange(float(N_KNOTS))))
    encoded = graph("Relu", graph("Sub", 1.0, distance))
    return graph("Reshape", encoded, np.array([0, n_columns * N_KNOTS]))
