"""The order of the gallery, which is that of the page of examples."""

import re
from pathlib import Path

from sphinx_gallery.sorting import FunctionSortKey

PAGE = Path(__file__).parent / "examples.rst"
ORDER = re.findall(
    r"^   \.\./examples/(\w+)\.py$", PAGE.read_text("utf-8"), re.MULTILINE
)


def place(filename):
    """Return the place of an example; a ValueError if the page does not list it."""
    return ORDER.index(Path(filename).stem)


by_order = FunctionSortKey(place)
