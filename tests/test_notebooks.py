"""The pages of the tutorial become notebooks whose code runs."""

import ast
import json
import re
import runpy
from base64 import b64decode
from doctest import DocTestParser
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOKS = runpy.run_path(str(DOCS / "notebooks.py"))
PAGES = NOTEBOOKS["PAGES"]


def cells(notebook, kind):
    """Return the sources of the cells of a kind."""
    found = [cell for cell in notebook["cells"] if cell["cell_type"] == kind]
    return ["".join(cell["source"]) for cell in found]


@pytest.fixture(scope="module")
def notebooks():
    return {page.stem: NOTEBOOKS["convert"](page) for page in PAGES}


def test_every_page_of_the_tutorial_links_to_its_notebook():
    index = (DOCS / "road" / "index.rst").read_text("utf-8")
    listed = re.findall(r"^   ([a-z_]+)$", index, re.MULTILINE)
    assert sorted(listed) == [page.stem for page in PAGES]
    for page in PAGES:
        link = f'href="../_static/notebooks/{page.stem}.ipynb" download'
        assert link in page.read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_cells_are_the_examples_of_the_page(page, notebooks):
    code = cells(notebooks[page.stem], "code")
    examples = DocTestParser().get_examples(page.read_text("utf-8"))
    expected = "".join(example.source for example in examples)
    assert "\n".join(code) + "\n" == expected
    for source in code:
        ast.parse(source)
    shown = sum(1 for example in examples if example.want)
    assert len(code) >= shown  # a cell shows the value of its last expression only


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_markdown_cells_have_all_text_and_no_markup_of_the_page(page, notebooks):
    text = page.read_text("utf-8")
    markdown = "\n".join(cells(notebooks[page.stem], "markdown"))
    outside = re.sub(r"```.*?```", "", markdown, flags=re.DOTALL)
    for markup in (r":[a-z]+:`", r"^\.\. ", "``", r">`_", r"^[=-]{3,}$"):
        assert not re.search(markup, outside, re.MULTILINE), markup
    headings = re.findall(r"^(.+)\n[=~-]{3,}$", text, re.MULTILINE)
    assert re.findall(r"^#+ (.+)$", outside, re.MULTILINE) == headings
    assert outside.count("$$") >= 2 * text.count(".. math::")
    n_inline = len(re.findall(r":math:`", text))
    assert len(re.findall(r"(?<!\$)\$(?!\$)", outside)) == 2 * n_inline
    for directive, mark in ((".. literalinclude::", "```python"), ("<iframe", "*The ")):
        assert markdown.count(mark) >= text.count(directive)


def test_code_of_a_notebook_runs_from_top_to_bottom(notebooks):
    namespace, n_figures = {}, 0
    for source in cells(notebooks["risk"], "code"):
        exec(compile(source, "risk.ipynb", "exec"), namespace)
        n_figures += bool(plt.get_fignums())
        plt.close("all")  # as Jupyter does after a cell
    assert n_figures == 5
    assert namespace["n_steps"](namespace["BinaryLogLoss"]()) == 7


def test_diagrams_are_attached_as_images(notebooks):
    found = [cell.get("attachments") for cell in notebooks["perceptron"]["cells"]]
    names = [name for one in found if one for name in one]
    assert names == ["neuron.png", "hyperplane.png"]
    for attachment in filter(None, found):
        for name, image in attachment.items():
            assert b64decode(image["image/png"]).startswith(b"\x89PNG")
            markdown = "\n".join(cells(notebooks["perceptron"], "markdown"))
            assert f"](attachment:{name})" in markdown


def test_links_lead_to_the_site_if_its_address_is_known(tmp_path):
    config = SimpleNamespace(html_baseurl="https://example.org/docs")
    builder = SimpleNamespace(format="html")
    app = SimpleNamespace(outdir=tmp_path, config=config, builder=builder)
    NOTEBOOKS["write"](app)
    written = sorted(tmp_path.rglob("*.ipynb"))
    folder = tmp_path / "_static" / "notebooks"
    assert written == [folder / f"{page.stem}.ipynb" for page in PAGES]
    notebook = json.loads((folder / "risk.ipynb").read_text("utf-8"))
    markdown = "\n".join(cells(notebook, "markdown"))
    base = "https://example.org/docs/"
    assert f"[the perceptron, a single neuron]({base}road/perceptron.html)" in markdown
    assert re.search(rf"\]\({base}[a-z/]+\.html#the-objective\)", markdown)


@pytest.mark.parametrize(("kind", "error"), [("latex", None), ("html", ValueError())])
def test_notebooks_are_written_after_a_build_of_the_site_only(kind, error, tmp_path):
    builder = SimpleNamespace(format=kind)
    app = SimpleNamespace(outdir=tmp_path, builder=builder)
    NOTEBOOKS["write"](app, error)
    assert not list(tmp_path.iterdir())


TABLE = """\
====  =========
name  formula
====  =========
a     ``x < 1``
b     :math:`x`
      and more
====  ========="""


def test_inline_markup_and_tables():
    writer = NOTEBOOKS["Writer"](PAGES[0], "")
    text = ":class:`~a.b.C`, :func:`f <a.f>`, *em*, `site <https://x.org>`_, :eq:`one`"
    expected = "`C`, `f`, *em*, [site](https://x.org), (one)"
    assert writer.markdown(text) == expected
    rows = writer.markdown(TABLE).splitlines()
    assert rows == [
        "| name | formula |",
        "|---|---|",
        "| a | `x < 1` |",
        "| b | $x$ and more |",
    ]
    with pytest.raises(ValueError, match=r"label must be .*; got 'nowhere'"):
        writer.markdown(":ref:`nowhere`")
