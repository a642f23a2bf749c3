"""What the site has beyond Sphinx and its theme.

Every message on the page of errors has an anchor. The search finds the terms of index
entries. Every page has a link to edit its source, a list of versions, and tags for the
preview of a shared link.
"""

import inspect
import itertools
import json
import pkgutil
import re
import textwrap
import tomllib
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REPOSITORY = PROJECT["urls"]["Repository"]
VERSIONS = json.loads((ROOT / "docs/_static/versions.json").read_text("utf-8"))


def anchor(message, taken):
    """Return the first twelve words of a message as an id that is not taken."""
    first = "-".join(re.findall(r"[a-z0-9_]+", message.lower())[:12])
    names = itertools.chain([first], (f"{first}-{n}" for n in itertools.count(2)))
    return next(name for name in names if name not in taken)


def add_anchors(app, doctree):
    """Give every message an id that lasts as long as its first words, and a link."""
    for block in list(doctree.findall(nodes.literal_block)):
        if "message" not in block["classes"]:
            continue
        for line in block.astext().splitlines():
            name = anchor(line, doctree.ids)
            doctree.ids[name] = block
            block["ids"].append(name)
        link = (
            f'<div class="message-link"><a class="headerlink" href="#{block["ids"][0]}"'
            ' title="Link to this message">#</a></div>'
        )
        block.parent.insert(
            block.parent.index(block), nodes.raw("", link, format="html")
        )


def mark_terms(app, doctree):
    """Let the search rank all entries of ``.. index::`` as it ranks those with a "!".

    Without it, an entry is listed after all other results.
    """
    if app.env.docname.startswith("api/"):
        return  # these entries are names of objects
    for node in doctree.findall(addnodes.index):
        node["entries"] = [
            (kind, term, target, "main", key)
            for kind, term, target, _, key in node["entries"]
        ]


def source_of_object(name):
    """Return the file of an object, or None if it no longer exists."""
    try:
        return Path(inspect.getsourcefile(pkgutil.resolve_name(name)))
    except (AttributeError, ImportError):  # Sphinx warns about it
        return None


def source_of(page, env):
    """Return the file to edit for a page, relative to the repository, or None."""
    folder, _, name = page.rpartition("/")
    if folder == "api/generated":
        source = source_of_object(name)
    elif page == "gallery/index":
        source = ROOT / "examples" / "GALLERY_HEADER.rst"
    elif page.startswith("gallery/"):
        source = ROOT / "examples" / f"{page.removeprefix('gallery/')}.py"
    elif page == "changelog":
        source = ROOT / "CHANGELOG.md"
    else:
        source = Path(env.doc2path(page))
    return source.relative_to(ROOT).as_posix() if source and source.exists() else None


def first_sentences(doctree):
    """Return the beginning of a page's first paragraph."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            return textwrap.shorten(paragraph.astext(), 200, placeholder=" …")
    return ""


def card(title, description):
    """Return the tags of which other sites make a preview of a link."""
    image = f"{REPOSITORY}/raw/main/docs/_static/social_card.png"
    tags = {
        "og:type": "website",
        "og:site_name": "sknn_scratch",
        "og:title": title,
        "og:description": description,
        "og:image": image,
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "sknn_scratch: neural networks for scikit-learn",
        "twitter:card": "summary_large_image",
    }
    kinds = ("name" if name.startswith("twitter") else "property" for name in tags)
    return "\n".join(
        f'<meta {kind}="{name}" content="{escape(text)}" />'
        for kind, (name, text) in zip(kinds, tags.items(), strict=True)
    )


def extend_page(app, page, template, context, doctree):
    """Put into the context of a page what the templates show."""
    context["versions"] = VERSIONS
    if doctree is None:  # an index, the search, or source code
        return
    title = re.sub("<[^>]+>", "", context["title"])
    context["metatags"] += card(title, first_sentences(doctree))
    source = source_of(page, app.env)
    if source is None:
        context["page_source_suffix"] = ""  # then the theme shows no link
    # The theme requires the word "file_name" in the address.
    context["edit_page_url_template"] = (
        f"{REPOSITORY}/edit/main/{source}{{# file_name #}}"
    )
    context["edit_page_provider_name"] = "GitHub"


def setup(app):
    """Connect the handlers; pages are extended before the theme reads their context."""
    app.connect("doctree-read", add_anchors)
    app.connect("doctree-read", mark_terms)
    app.connect("html-page-context", extend_page, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
