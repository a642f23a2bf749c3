"""The levels of the package: imports are acyclic and never go to a higher level."""

import ast
import warnings
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from sklearn.datasets import load_iris

import sknn_scratch
from sknn_scratch import MLPScratchClassifier

PACKAGE = Path(sknn_scratch.__file__).parent
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
# From the lowest level to the highest. All levels except the engine import "shared".
LEVELS = ["engine", "shared", "listeners", "estimators", "tools"]
SHARED = {"_sklearn", "_version", "_warnings"}


def level_of(module):
    """Return the index of the level of a module; 0 is the lowest, the engine."""
    first = module.split(".")[0]
    if first in SHARED:
        return LEVELS.index("shared")
    return LEVELS.index(first if first in LEVELS else "tools")


def imports(module):
    """Yield the modules of the package that a module imports, anywhere in its file."""
    tree = ast.parse(FILES[module].read_text("utf-8"))
    package = module.split(".")[:-1]
    for_types = {
        id(node)
        for test in ast.walk(tree)
        if isinstance(test, ast.If) and ast.unparse(test.test) == "TYPE_CHECKING"
        for node in ast.walk(test)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and node.level
            and id(node) not in for_types
        ):
            base = package[: len(package) - node.level + 1]
            base += node.module.split(".") if node.module else []
            for alias in node.names:
                for parts in ([*base, alias.name], base, [*base, "__init__"]):
                    if ".".join(parts) in FILES:
                        yield ".".join(parts)
                        break


@pytest.mark.parametrize("module", FILES)
def test_no_module_imports_from_a_higher_level(module):
    higher = {one for one in imports(module) if level_of(one) > level_of(module)}
    assert higher == set()


def test_imports_are_acyclic():
    graph = {module: set(imports(module)) - {module} for module in FILES}
    order = list(TopologicalSorter(graph).static_order())
    assert order.index("engine.trainer") < order.index("estimators._fit")
    assert order.index("inspection") < order.index("plotting._curves")


def test_the_fitted_attributes_are_written_in_one_function():
    writers = set()
    for module, path in FILES.items():
        if level_of(module) != LEVELS.index("estimators"):
            continue
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            constructs = ("__init__", "__setstate__")
            if (
                isinstance(function, ast.FunctionDef)
                and function.name not in constructs
            ):
                for node in ast.walk(function):
                    targets = node.targets if isinstance(node, ast.Assign) else []
                    for target in targets:
                        text = ast.unparse(target)
                        if text.startswith(("self.", "estimator.")) and (
                            text.endswith(("_", "__")) or "._continuation" in text
                        ):
                            writers.add(f"{module}.{function.name}")
    assert writers == {"estimators._publish.published"}


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_an_estimator_is_unchanged_until_fit_succeeds(method):
    X, y = load_iris(return_X_y=True)
    seen = []
    arguments = {"classes": [0, 1, 2]} if method == "partial_fit" else {}

    def look(X_batch, random_state):
        seen.append(dict(vars(model)))
        return X_batch

    model = MLPScratchClassifier(3, augment=look, max_iter=2, random_state=0)
    for _ in range(2):
        before = dict(vars(model))
        with warnings.catch_warnings(action="ignore"):
            getattr(model, method)(X, y, **arguments)
        assert seen
        assert all(one == before for one in seen)
        seen.clear()
