"""A graph of ONNX operations, written node by node."""

import numpy as np
from onnx import TensorProto, numpy_helper


class Graph:
    """Writes the nodes of one estimator.

    Parameters
    ----------
    scope, container
        Objects of skl2onnx.
    double : bool
        Whether floats are of double precision, else single.
    """

    def __init__(self, scope, container, double):
        self._scope, self._container = scope, container
        self.dtype = np.dtype(np.float64 if double else np.float32)
        self.float_type = TensorProto.DOUBLE if double else TensorProto.FLOAT

    def __call__(self, operation, *inputs, output=None, n_outputs=1, **attributes):
        """Add a node, and return the name of its output, or a list of several.

        Inputs are names, or numbers and arrays, which become constants.
        """
        names = [x if isinstance(x, str) else self._constant(x) for x in inputs]
        new = self._scope.get_unique_variable_name
        if output is None:
            output = [new(operation.lower()) for _ in range(n_outputs)]
            output = output[0] if n_outputs == 1 else output
        name = self._scope.get_unique_operator_name(operation)
        self._container.add_node(operation, names, output, name=name, **attributes)
        return output

    def _constant(self, values):
        """Add numbers, floats in the graph's type, or labels; return their name."""
        name = self._scope.get_unique_variable_name("constant")
        values = np.asarray(values)
        if values.dtype.kind in "OU":
            labels = [label.encode("utf-8") for label in values]
            shape = values.shape
            self._container.add_initializer(name, TensorProto.STRING, shape, labels)
            return name
        if values.dtype.kind == "f":
            # Values beyond the range of float32 become infinite.
            with np.errstate(over="ignore"):
                values = values.astype(self.dtype)
        tensor = numpy_helper.from_array(values)
        self._container.add_initializer(name, None, None, tensor)
        return name
