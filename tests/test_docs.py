"""The documentation lists every module, error and warning."""

import ast
import re
from pathlib import Path

import sknn_scratch
from sknn_scratch.estimators._parameters import RULES

PACKAGE = Path(sknn_scratch.__file__).parent
DOCS = Path(__file__).parents[1] / "docs"


def template(node):
    """Return a message as it stands in the code, with … for what is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(template(part) for part in node.values)
        case ast.BinOp():
            return template(node.left) + template(node.right)
    return "…"


# Files whose functions return parts of messages.
ADVICE = {"_advice.py", "_usefulness.py"}

# What another message gives as its reason, and what is caught before a user sees it.
REASONS = {
    "use slice(None) to select all features",
    "a subset must be a list, even with a single feature",
    "a dict with a key that is not a str: …",
    "… of type …",
    "other parts were saved of …",
    "… was saved instead of a number",
    "a state of other objects than when training began",
    "the same object in two places, … the second",
    "parameters of another shape were saved",
    "The samples of this rule were released after training.",
}


def messages_of(path):
    """Yield the messages of errors and warnings in a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Raise(exc=ast.Call(args=[message, *_])):
                yield template(message)
            case ast.Call(func=ast.Name(id=name), args=[message, *_]):
                if name == "warn" or name.endswith(("Error", "Warning")):
                    yield template(message)
            case ast.Return(value=value) if path.name in ADVICE:
                first = value.elts[0] if isinstance(value, ast.Tuple) else value
                if template(first).endswith("."):
                    yield template(first)


def messages():
    """Return all messages of the package but those that were put together before."""
    found = {m for path in PACKAGE.rglob("*.py") for m in messages_of(path)}
    rules = {re.sub(r"\{value(!r)?\}", "…", rule.message) for rule in RULES}
    return (found | rules) - REASONS - {"…"}


def documented():
    """Return the messages of the page, as patterns."""
    page = (DOCS / "errors.rst").read_text("utf-8")
    blocks = re.findall(r"   :class: message\n\n((?:   .+\n)+)", page)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [".*".join(map(re.escape, line.split("…"))) + "$" for line in lines]


def test_every_error_and_warning_is_explained():
    patterns = documented()
    missing = [m for m in messages() if not any(re.match(p, m) for p in patterns)]
    assert missing == []


def test_every_reason_exists():
    found = {m for path in PACKAGE.rglob("*.py") for m in messages_of(path)}
    assert found >= REASONS


def test_every_message_explained_exists():
    found = messages()
    gone = [p for p in documented() if not any(re.match(p, m) for m in found)]
    assert gone == []


def public_modules(folder, prefix=""):
    """Yield public modules; a package with `__all__` stands for what is in it."""
    for path in folder.iterdir():
        name, package = prefix + path.stem, path / "__init__.py"
        if path.name.startswith("_") or not (path.suffix == ".py" or package.exists()):
            continue
        if path.is_file() or "__all__" in package.read_text("utf-8"):
            yield name
        else:
            yield from public_modules(path, f"{name}.")


def test_every_public_module_is_in_the_reference():
    reference = (DOCS / "api" / "index.rst").read_text("utf-8")
    listed = re.findall(r"^   ([a-z_.]+)$", reference, flags=re.MULTILINE)
    public = set(public_modules(PACKAGE))
    assert set(listed) - set(sknn_scratch.__all__) == public


def test_every_public_name_is_in_the_reference():
    reference = (DOCS / "api" / "index.rst").read_text("utf-8")
    assert all(f"   {name}\n" in reference for name in sknn_scratch.__all__)
