"""Convert the pages of the tutorial to Jupyter notebooks, when the site is built.

Paragraphs, headings, formulas, lists and tables become Markdown cells. Doctests and
plots become code cells, which run from top to bottom.
"""

import base64
import io
import json
import re
import runpy
from doctest import DocTestParser
from functools import cache
from pathlib import Path
from textwrap import dedent

import matplotlib.pyplot as plt

DOCS = Path(__file__).parent
PAGES = sorted(set((DOCS / "road").glob("*.rst")) - {DOCS / "road" / "index.rst"})
INTRODUCTION = (
    '*This notebook is a page of the tutorial "From a neuron to a network" of '
    "sknn_scratch. It needs the library and its example data: "
    '`pip install -e ".[bench]"` in a clone of the repository.*'
)
LEVELS = {"=": "#", "-": "##", "~": "###"}
INVISIBLE = {"index", "only", "toctree"}
# The inline markup of these pages, of which literals are first: nothing is in them.
INLINE = re.compile(
    r"``(?P<literal>.+?)``"
    r"|:(?P<role>[a-z]+):`(?P<content>[^`]+)`"
    r"|`(?P<text>[^`<]+) <(?P<url>[^>]+)>`__?",
    re.DOTALL,
)


def write(app, exception=None):
    """Write the notebooks of all pages to the folder of static files.

    Parameters
    ----------
    app : Sphinx
        The application; connect this function to its event "build-finished".
    exception : Exception or None, default=None
        The error that has ended the build, if there was one.
    """
    if exception is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    site = app.config.html_baseurl
    site = f"{site.rstrip('/')}/" if site else ""
    for page in PAGES:
        text = json.dumps(convert(page, site), indent=1)
        (folder / f"{page.stem}.ipynb").write_text(text + "\n", encoding="utf-8")


def convert(page, site=""):
    """Return a page as a notebook.

    Parameters
    ----------
    page : Path
        A file of reStructuredText.
    site : str, default=""
        Address of the site, which ends with a slash, for links to other pages. If
        empty, the title of the other page is written instead of a link.

    Returns
    -------
    notebook : dict
        In the notebook format 4.4.
    """
    writer = Writer(page, site)
    for block in blocks(page.read_text("utf-8")):
        writer.add(block)
    cells = [cell for cell in writer.cells if "".join(cell["source"]).strip()]
    cells.insert(1, markdown_cell(INTRODUCTION))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def blocks(text):
    """Yield the blocks of a page: a directive with its content, or a paragraph."""
    block = []
    for line in text.splitlines():
        is_directive = bool(block) and block[0].startswith(".. ")
        starts = line and not line.startswith(" ") if is_directive else not line
        if starts and block:
            yield "\n".join(block).rstrip()
            block = []
        if line or is_directive:
            block.append(line)
    if block:
        yield "\n".join(block).rstrip()


def markdown_cell(text, **more):
    """Return a Markdown cell."""
    source = text.splitlines(keepends=True)
    return {"cell_type": "markdown", "metadata": {}, "source": source} | more


def code_cell(text):
    """Return a code cell."""
    source = text.rstrip("\n").splitlines(keepends=True)
    empty = {"execution_count": None, "metadata": {}, "outputs": []}
    return {"cell_type": "code", "source": source} | empty


class Writer:
    """Adds blocks of a page to the cells of a notebook.

    Parameters
    ----------
    page : Path
        The page, to which paths are relative.
    site : str
        Address of the site, or an empty string.

    Attributes
    ----------
    cells : list of dict
        The cells so far.
    """

    def __init__(self, page, site):
        self.page, self.site, self.cells = page, site, []

    def add(self, block):
        """Add a block."""
        directive = re.match(r"\.\. ([a-z-]+):: ?(.*)", block)
        if directive:
            name, argument = directive.groups()
            options, content = split_options(block)
            if name not in INVISIBLE:
                getattr(self, f"add_{name.replace('-', '_')}")(
                    argument, options, content
                )
        elif block.startswith(">>> "):
            self.add_code(block)
        elif not block.startswith(".. _"):  # a label
            self.add_text(self.markdown(block))

    def add_text(self, text):
        """Add Markdown to the last cell, or to a new one after code and at headings."""
        last = self.cells[-1] if self.cells else None
        if last is None or last["cell_type"] == "code" or text.startswith("#"):
            self.cells.append(markdown_cell(text))
        else:
            joined = "".join(last["source"]) + "\n\n" + text
            last["source"] = joined.splitlines(keepends=True)

    def add_code(self, text):
        """Add code. A cell ends after an expression whose value the page shows."""
        source = ""
        for example in DocTestParser().get_examples(text):
            source += example.source
            if example.want:
                self.cells.append(code_cell(source))
                source = ""
        if source:
            self.cells.append(code_cell(source))

    def add_plot(self, argument, options, content):
        """Add the code of a plot, or the image of a diagram."""
        if content:
            self.add_code(content)
            return
        file, function = argument.split()
        data = base64.b64encode(drawn(file, function)).decode("ascii")
        name = f"{function}.png"
        text = f"![{options['alt']}](attachment:{name})"
        attachments = {name: {"image/png": data}}
        self.cells.append(markdown_cell(text, attachments=attachments))

    def add_math(self, argument, options, content):
        """Add the formulas of a block, of which a blank line separates several."""
        for formula in re.split(r"\n\s*\n", content):
            if r"\\" in formula:
                formula = f"\\begin{{aligned}}\n{formula}\n\\end{{aligned}}"
            if "label" in options:
                formula += f"\n\\tag{{{options['label']}}}"
            self.add_text(f"$$\n{formula}\n$$")

    def add_literalinclude(self, argument, options, content):
        """Add a part of a source file."""
        lines = (self.page.parent / argument).read_text("utf-8").splitlines()
        code = "\n".join(part_of(lines, options))
        caption = self.inline(options["caption"])
        self.add_text(f"{caption}:\n\n```python\n{dedent(code)}\n```")

    def add_code_block(self, argument, options, content):
        """Add text as it is."""
        self.add_text(f"```{argument}\n{content}\n```")

    def add_raw(self, argument, options, content):
        """Add a note on an animation; other HTML is for the site only."""
        if "<iframe" in content:
            title = re.sub(r"\s+", " ", re.search(r'title="([^"]*)"', content)[1])
            self.add_text(f"*The web page has an animation here: {title}.*")

    def markdown(self, block):
        """Return a heading, a table, a list or a paragraph as Markdown."""
        lines = block.splitlines()
        if len(lines) > 1 and lines[1] == lines[1][0] * len(lines[0]):
            return f"{LEVELS[lines[1][0]]} {self.inline(lines[0])}"
        if re.fullmatch(r"=+( +=+)+", lines[0]):
            return "\n".join(self.table(lines))
        return self.inline(block)

    def table(self, lines):
        """Yield the rows of a simple table, whose rules give the columns."""
        spans = [match.span() for match in re.finditer("=+", lines[0])]
        rows = []
        for line in lines:
            cells = [line[start : end + 1].strip() for start, end in spans]
            if line.startswith("="):
                continue
            if cells[0]:
                rows.append(cells)
            else:  # the row above continues
                both = zip(rows[-1], cells, strict=True)
                rows[-1] = [" ".join(pair).strip() for pair in both]
        for i, row in enumerate(rows):
            yield f"| {' | '.join(map(self.inline, row))} |"
            if i == 0:
                yield "|---" * len(row) + "|"

    def inline(self, text):
        """Return a text with the inline markup of Markdown; emphasis is the same."""
        return INLINE.sub(self._inline, text)

    def _inline(self, match):
        if match["literal"]:
            return f"`{match['literal']}`"
        if match["url"]:
            return f"[{match['text']}]({match['url']})"
        role, content = match["role"], " ".join(match["content"].split())
        if role == "math":
            return f"${content}$"
        if role == "eq":
            return f"({content})"
        titled = re.fullmatch(r"(.+) <(.+)>", content)
        text, target = titled.groups() if titled else (None, content)
        if role == "doc":
            return self.link_to_page(target, text)
        if role == "ref":
            return self.link_to_label(target, text)
        return f"`{text or target.lstrip('~').rpartition('.')[2]}`"

    def link_to_page(self, target, text):
        """Return a link to another page, or its title."""
        folder = DOCS if target.startswith("/") else self.page.parent
        path = folder / target.lstrip("/")
        file = path.with_suffix(".rst")
        # Pages of the gallery are created by the build.
        title = title_of(file) if file.exists() else path.stem.replace("_", " ")
        return self.link(f"{path.relative_to(DOCS).as_posix()}.html", text, title)

    def link_to_label(self, label, text):
        """Return a link to a section of another page, or its title."""
        pattern = re.compile(rf"^\.\. _{label}:\n+(?:\.\. .*\n+)*(.+)\n", re.MULTILINE)
        for file in sorted(DOCS.rglob("*.rst")):
            if found := pattern.search(file.read_text("utf-8")):
                page = file.relative_to(DOCS).with_suffix(".html").as_posix()
                return self.link(f"{page}#{label}", text, found[1])
        raise ValueError(f"label must be defined in a page of docs/; got {label!r}.")

    def link(self, address, text, title):
        """Return a link to an address of the site, or without a site the text."""
        if self.site:
            return f"[{text or title}]({self.site}{address})"
        return text or f'"{title}"'


@cache
def drawn(file, function):
    """Return the PNG file of a diagram that a function in a file of docs/ draws."""
    runpy.run_path(str(DOCS / file))[function]()
    image = io.BytesIO()
    plt.savefig(image, format="png", dpi=100)
    plt.close()
    return image.getvalue()


def split_options(block):
    """Return the options of a directive, and its content without indentation."""
    _, _, rest = block.partition("\n")
    body = dedent(rest)
    found = re.match(r"(:[a-z-]+:.*(?:\n[ ]+\S.*)*\n?)*", body)[0]
    pairs = re.findall(r":([a-z-]+): ?(.*(?:\n[ ]+\S.*)*)", found)
    options = {name: " ".join(value.split()) for name, value in pairs}
    return options, body[len(found) :].strip("\n")


def part_of(lines, options):
    """Return the lines that the options of a literalinclude select."""
    if "pyobject" in options:
        *owners, name = options["pyobject"].split(".")
        start = 0
        for pattern in (*(f"class {owner}" for owner in owners), f"    def {name}"):
            pattern = re.compile(rf"{pattern}\b")
            start = next(i for i in range(start, len(lines)) if pattern.match(lines[i]))
        inside = (i for i in range(start + 1, len(lines)) if lines[i].strip())
        end = next((i for i in inside if re.match(r" {0,4}[^\s)]", lines[i])), None)
        return "\n".join(lines[start:end]).rstrip().splitlines()
    start = next(i for i, line in enumerate(lines) if options["start-at"] in line)
    if "end-at" not in options:
        return lines[start:]
    after = range(start, len(lines))
    return lines[start : next(i for i in after if options["end-at"] in lines[i]) + 1]


def title_of(file):
    """Return the title of a page: the line above its first rule."""
    return re.search(r"^(.+)\n=+$", file.read_text("utf-8"), re.M)[1]
