"""Overviews on the API pages: methods, and parameters grouped by purpose.

The groups are written here, everything else is read from the code: defaults from the
signature, descriptions from the first sentence of the docstring's entries, and which
parameters scikit-learn lacks from the signature of its class.
"""

import inspect
import re
from importlib import import_module
from itertools import chain
from typing import Any, NamedTuple

from docutils import nodes
from numpydoc.docscrape import NumpyDocString
from sklearn.linear_model import Perceptron
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sphinx import addnodes

GROUPS = {
    "Architecture": [
        *("hidden_layer_sizes", "activation", "output_activation"),
        *("weight_init", "output_init", "fit_intercept"),
    ],
    "Loss": ["loss", "class_weight", "standardize_target"],
    "Solver": [
        *("solver", "max_iter", "batch_size", "shuffle", "momentum"),
        *("nesterovs_momentum", "beta_1", "beta_2", "epsilon", "max_fun", "clip_norm"),
    ],
    "Learning rate and its schedule": [
        *("learning_rate_init", "learning_rate", "power_t"),
        *("layer_rates", "input_scale"),
    ],
    "Regularization": [
        *("alpha", "l1_ratio", "dropout", "input_dropout"),
        *("label_smoothing", "augment", "average"),
    ],
    "Validation, early stopping and calibration": [
        *("early_stopping", "validation_fraction", "scoring"),
        *("n_iter_no_change", "tol", "refit", "calibrate"),
    ],
    "Ensembles": ["n_models", "ensemble", "repeats", "linear"],
    "Runtime and reproducibility": ["random_state", "fast", "warm_start", "verbose"],
    "Other settings": ["settings"],
}

# The objects whose pages have an overview, and scikit-learn's class with the same role.
COUNTERPARTS = {
    "sknn_scratch.MLPScratchClassifier": MLPClassifier,
    "sknn_scratch.MLPScratchRegressor": MLPRegressor,
    "sknn_scratch.PerceptronClassifier": Perceptron,
    "sknn_scratch.tabular.tabular_classifier": MLPClassifier,
    "sknn_scratch.tabular.tabular_regressor": MLPRegressor,
}


class Row(NamedTuple):
    """A parameter in an overview.

    Attributes
    ----------
    name : str
        The parameter.
    value : object
        Its default, or the value that a pipeline sets.
    text : str
        The first sentence of its entry.
    page : str
        The page with the entry; empty for the same page.
    """

    name: str
    value: Any
    text: str
    page: str


def find(name):
    """Return the object of the package with this full name."""
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)


def rows_of(obj, page=""):
    """Return a row for each parameter of a class or function."""
    entries = {
        entry.name.lstrip("*"): entry
        for entry in NumpyDocString(inspect.getdoc(obj))["Parameters"]
    }
    return [
        Row(name, parameter.default, first_sentence(entries[name].desc), page)
        for name, parameter in inspect.signature(obj).parameters.items()
    ]


def first_sentence(lines):
    """Return the first sentence of an entry, without citations."""
    text = re.sub(r" \[\d+\]_", "", " ".join(lines))
    return re.split(r"(?<=\.)\s", text)[0]


def settings_of(pipeline):
    """Return a row for each parameter of the network that a pipeline sets."""
    network = pipeline[-1]
    rows = rows_of(type(network), f"sknn_scratch.{type(network).__name__}.html")
    values = [(row, getattr(network, row.name)) for row in rows]
    return [row._replace(value=value) for row, value in values if value != row.value]


def overview(name):
    """Return reStructuredText: a table of parameters for each group."""
    obj, counterpart = find(name), COUNTERPARTS[name]
    rows, note = rows_of(obj), ""
    if not inspect.isclass(obj):
        rows += settings_of(obj())
        note = "The tables include the settings of the network. "
    rows = {row.name: row for row in rows}
    known = inspect.signature(counterpart).parameters
    lines = [
        ".. rubric:: Parameters by purpose",
        "",
        f"{note}**+** marks parameters that scikit-learn's "
        f"{counterpart.__name__} does not have.",
        "",
    ]
    for group, names in GROUPS.items():
        members = [rows[one] for one in names if one in rows]
        if not members:
            continue
        lines += [
            f".. list-table:: {group}",
            "   :class: parameters",
            "   :widths: 28 18 54",
            "",
        ]
        for row in members:
            mark = "" if row.name in known else " **+**"
            has_value = row.value is not inspect.Parameter.empty
            lines += [
                f"   * - `{row.name} <{row.page}#parameter-{row.name}>`__{mark}",
                f"     - ``{row.value!r}``" if has_value else "     -",
                f"     - {row.text}",
            ]
        lines.append("")
    return lines


def methods_of(cls):
    """Return reStructuredText: a table of the methods of a class."""
    methods = [
        method
        for method, _ in inspect.getmembers(cls, inspect.isroutine)
        if not method.startswith("_") and not re.fullmatch(r"set_\w+_request", method)
    ]
    entries = [f"   {method}" for method in methods]
    return [".. rubric:: Methods", "", ".. autosummary::", "", *entries, ""]


def add_overviews(app, what, name, obj, options, lines):
    """Insert the overviews before the first section of a docstring."""
    added = methods_of(obj) if what == "class" else []
    if name in COUNTERPARTS:
        added += overview(name)
    underlines = [i for i, line in enumerate(lines) if re.fullmatch("-{3,}", line)]
    start = underlines[0] - 1 if underlines else len(lines)
    lines[start:start] = ["", *added] if added else []


def add_anchors(app, doctree):
    """Give each entry of a parameter an anchor, `parameter-` and its name."""
    for description in doctree.findall(addnodes.desc):
        if isinstance(description.parent, addnodes.desc_content):
            continue  # a method
        lists = (one for one in description[-1] if isinstance(one, nodes.field_list))
        for field in chain.from_iterable(lists):
            if field[0].astext() != "Parameters":
                continue
            for term in field.findall(nodes.term):
                names = next(term.findall(nodes.strong)).astext().split(", ")
                term["ids"] += [f"parameter-{name.lstrip('*')}" for name in names]


def setup(app):
    """Connect the overviews, before numpydoc reads the docstrings."""
    app.connect("autodoc-process-docstring", add_overviews, priority=400)
    app.connect("doctree-read", add_anchors)
    app.add_css_file("parameters.css")
    return {"parallel_read_safe": True}
