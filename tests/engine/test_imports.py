"""The engine imports NumPy, SciPy and itself only."""

import ast
from pathlib import Path

import pytest

import sknn_scratch

PACKAGE = Path(sknn_scratch.__file__).parent
ENGINE = sorted((PACKAGE / "engine").rglob("*.py"))
# What each of the leaves needs of the engine: they do not import each other.
LEAVES = {
    "activations": {"_arguments", "kernels", "layers.base", "layers.passes"},
    "_arguments": set(),
    "losses": {"_arguments", "kernels"},
    "initializers": set(),
    "schedules": set(),
    "optimizers": {"kernels"},
    "layers": {"chunks", "initializers", "kernels"},
}


def module_of(path):
    """Return the module of the engine that a file is, or belongs to."""
    return path.relative_to(PACKAGE / "engine").with_suffix("").parts[0]


def imports(path):
    """Yield (level, module) of every import anywhere in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


def test_the_engine_has_modules():
    assert {module_of(path) for path in ENGINE} > LEAVES.keys()


@pytest.mark.parametrize("path", ENGINE, ids=module_of)
def test_engine_imports_numpy_scipy_and_itself_only(path):
    standard = {
        "collections.abc",
        "copy",
        "dataclasses",
        "functools",
        "itertools",
        "math",
        "operator",
        "numbers",
        "types",
        "typing",
    }
    for level, module in imports(path):
        if level == 0:
            assert module in standard or module.split(".")[0] in {"numpy", "scipy"}
        else:
            depth = len(path.relative_to(PACKAGE / "engine").parts)
            assert level <= depth, f"{path.name} reaches out of the engine: {module}"


@pytest.mark.parametrize("leaf", sorted(LEAVES))
def test_leaves_import_nothing_else_of_the_engine(leaf):
    local = set()
    for path in (path for path in ENGINE if module_of(path) == leaf):
        depth = len(path.relative_to(PACKAGE / "engine").parts)
        local |= {module for level, module in imports(path) if level == depth}
    assert local == LEAVES[leaf]


@pytest.mark.parametrize(
    ("library", "file"), [("sklearn", "_sklearn.py"), ("scipy", "kernels.py")]
)
def test_private_parts_of_a_library_are_imported_in_one_file_only(library, file):
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name == file:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [*node.module.split("."), *(alias.name for alias in node.names)]
                if names[0] == library:
                    assert not any(name.startswith("_") for name in names), path
