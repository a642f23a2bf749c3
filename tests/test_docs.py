"""The documentation names every module, and explains every error and warning."""

import ast
import re
from pathlib import Path

import sknn_scratch

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


def messages():
    """Return all messages of errors and warnings in the package."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Raise(exc=ast.Call(args=[message, *_])):
                    found.add(template(message))
                case ast.Call(func=ast.Name(id=name), args=[message, *_]):
                    if name == "warn" or name.endswith("Warning"):
                        found.add(template(message))
                case ast.Return(value=value) if path.name == "_advice.py":
                    first = value.elts[0] if isinstance(value, ast.Tuple) else value
                    if template(first).endswith("."):
                        found.add(template(first))
    # Warnings that were put together before, and the reason in another message.
    return found - {"…", "slice(None) stands for all features"}


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


def test_every_message_explained_exists():
    found = messages()
    gone = [p for p in documented() if not any(re.match(p, m) for m in found)]
    assert gone == []


def test_every_public_module_is_in_the_reference():
    reference = (DOCS / "api" / "index.rst").read_text("utf-8")
    listed = re.findall(r"^   ([a-z_.]+)$", reference, flags=re.MULTILINE)
    modules = {path.stem for path in PACKAGE.glob("*.py")} | {"plotting"}
    modules |= {f"engine.{path.stem}" for path in (PACKAGE / "engine").iterdir()}
    public = {name for name in modules if not name.split(".")[-1].startswith("_")}
    assert set(listed) - set(sknn_scratch.__all__) == public


def test_every_public_name_is_in_the_reference():
    reference = (DOCS / "api" / "index.rst").read_text("utf-8")
    assert all(f"   {name}\n" in reference for name in sknn_scratch.__all__)
