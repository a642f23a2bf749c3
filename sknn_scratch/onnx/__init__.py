"""Export to ONNX, for prediction without Python or this library.

Importing this module registers the three estimators, and the pipelines of
:mod:`sknn_scratch.tabular`, with skl2onnx. The function ``skl2onnx.to_onnx`` then
converts them like the estimators of scikit-learn, alone or in a pipeline. For
classifiers, it supports the same options as for scikit-learn's classifiers: ``zipmap``,
``raw_scores``, ``output_class_labels`` and ``nocl``. A classifier with several class
targets has the outputs ``label_0``, ``probabilities_0``, ``label_1`` and so on, without
a zipmap; ``output_class_labels`` and ``nocl`` are not available for it. For a pipeline
for tabular data, `input_types` returns the inputs of the ONNX file. The module requires
skl2onnx (the extra ``onnx``).

Examples
--------
>>> import numpy as np
>>> from onnxruntime import InferenceSession
>>> from skl2onnx import to_onnx
>>> from sklearn.datasets import load_iris
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import StandardScaler
>>> import sknn_scratch.onnx
>>> from sknn_scratch import PerceptronClassifier
>>> X, y = load_iris(return_X_y=True)
>>> X = X.astype(np.float32)
>>> perceptron = PerceptronClassifier("log_loss", learning_rate="linear")
>>> model = make_pipeline(StandardScaler(), perceptron).fit(X, y)
>>> converted = to_onnx(model, X[:1], options={"zipmap": False})
>>> session = InferenceSession(converted.SerializeToString())
>>> labels, probabilities = session.run(None, {"X": X})
>>> bool((labels == model.predict(X)).all())
True
>>> np.allclose(probabilities, model.predict_proba(X), rtol=0, atol=1e-5)
True
"""

try:
    from skl2onnx import update_registered_converter
except ImportError as error:
    raise ImportError(
        "sknn_scratch.onnx needs skl2onnx. Install it: pip install skl2onnx."
    ) from error

from ..estimators._mlp_classifier import MLPScratchClassifier
from ..estimators._mlp_regressor import MLPScratchRegressor
from ..estimators._perceptron import PerceptronClassifier
from ..tabular._encoder import TableEncoder
from ._estimators import (
    classifier_shapes,
    convert_classifier,
    convert_regressor,
    parse_classifier,
    regressor_shapes,
)
from ._tables import convert_encoder, encoder_shapes, input_types, parse_encoder

__all__ = ["input_types"]

_OPTIONS = {
    "zipmap": [True, False, "columns"],
    "raw_scores": [True, False],
    "output_class_labels": [False, True],
    "nocl": [True, False],
}
_CONVERTERS = {
    MLPScratchClassifier: (classifier_shapes, convert_classifier),
    PerceptronClassifier: (classifier_shapes, convert_classifier),
    MLPScratchRegressor: (regressor_shapes, convert_regressor),
}

for _class, (_shapes, _convert) in _CONVERTERS.items():
    update_registered_converter(
        _class,
        f"SknnScratch{_class.__name__}",
        _shapes,
        _convert,
        parser=parse_classifier if _shapes is classifier_shapes else None,
        options=_OPTIONS if _shapes is classifier_shapes else None,
    )
update_registered_converter(
    TableEncoder,
    "SknnScratchTableEncoder",
    encoder_shapes,
    convert_encoder,
    parser=parse_encoder,
)
