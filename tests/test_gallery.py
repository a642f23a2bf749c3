"""The pages of the examples are complete, and link to the guide and to each other."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(set(ROOT.glob("examples/*.py")) - {ROOT / "examples/quickstart.py"})
PAGES = {path.stem for path in EXAMPLES}


def test_the_page_of_examples_lists_each_example_once():
    page = (ROOT / "docs" / "examples.rst").read_text("utf-8")
    assert sorted(re.findall(r"\.\./examples/(\w+)\.py", page)) == sorted(PAGES)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_ends_with_links_to_other_pages(path):
    _, _, end = path.read_text("utf-8").partition("# What to try next\n# ---")
    targets = set(re.findall(r":(?:doc|ref):`(?:[^`<]+<)?([\w/-]+)>?`", end))
    examples = {target for target in targets if target.startswith("/gallery/")}
    assert examples <= {f"/gallery/{page}" for page in PAGES - {path.stem}}
    assert examples
    assert targets - examples
