"""Settings of the site: ``sphinx-build -W docs build/docs``, without the network."""

import importlib.util
import os
import sys
import warnings
from importlib import import_module
from pathlib import Path

# Two examples run in parallel. On two cores more threads would slow both down.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import matplotlib as mpl
from docutils import nodes

import sknn_scratch

sys.path.insert(0, str(Path(__file__).parent))
import pictures
from page_extras import REPOSITORY

project = "sknn_scratch"
copyright = "the sknn_scratch developers"
version = release = sknn_scratch.__version__

extensions = [
    "matplotlib.sphinxext.plot_directive",
    "myst_parser",
    "numpydoc",
    "parameters",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "page_extras",
]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 2
templates_path = ["_templates"]
default_role = "literal"
nitpicky = True
smartquotes = False  # readers copy values from the text
toc_object_entries_show_parents = "hide"
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

# Reference
autosummary_generate = True
autosummary_ignore_module_all = False
autodoc_typehints = "none"  # shapes and ranges are in the docstrings
numpydoc_show_class_members = False  # the templates list them
numpydoc_class_members_toctree = False
# Every name has a docstring that documents the parameters of its signature.
numpydoc_validation_checks = {"GL08", "PR02", "PR03", "PR04", "PR06", "PR10", "YD01"}

# Mathematics: MathJax comes from a package, not from the network.
_mathjax = importlib.util.find_spec("sphinx-mathjax-offline")
if _mathjax is None:
    raise ImportError("The site needs sphinx-mathjax-offline: pip install '.[docs]'.")
mathjax_path = "mathjax/tex-chtml.js"

# Figures. A warning of an example or a figure fails the build, also in the processes
# that run the gallery.
mpl.use("agg")
warnings.filterwarnings("error", category=UserWarning)
os.environ.setdefault("PYTHONWARNINGS", "error::UserWarning")
plot_formats = [("png", 110)]
plot_include_source = True
plot_html_show_formats = False
plot_html_show_source_link = False
plot_rcparams = {"figure.constrained_layout.use": True, "figure.figsize": (6.4, 4)}
plot_apply_rcparams = True

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "ignore_pattern": r"quickstart\.py$",
    "within_subsection_order": "gallery_order.by_order",
    "abort_on_example_error": False,
    "download_all_examples": False,
    "plot_gallery": True,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 0,
    "parallel": 2,
    "write_computation_times": False,
    "image_scrapers": ("matplotlib",),
    "backreferences_dir": "gallery/backreferences",
    "doc_module": ("sknn_scratch",),
}

# Theme
html_theme = "pydata_sphinx_theme"
html_title = "sknn_scratch"
html_static_path = ["_static", str(Path(_mathjax.origin).parent / "static")]
html_css_files = ["site.css"]
html_search_scorer = str(Path(__file__).parent / "search_scorer.js")
html_favicon = "_static/logo.svg"
html_logo = "_static/logo.svg"
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_copy_source = False
# Pages without pages below them have no section navigation.
html_sidebars = {page: [] for page in ("start", "how_do_i", "glossary")}
html_theme_options = {
    "logo": {"text": "sknn_scratch"},
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 6,
    "use_edit_page_button": True,
    "icon_links": [
        {"name": "GitHub", "url": REPOSITORY, "icon": "fa-brands fa-github"},
    ],
    "navbar_end": ["versions", "theme-switcher", "navbar-icon-links"],
    "secondary_sidebar_items": ["page-toc", "edit-this-page"],
    "footer_start": ["copyright"],
    "footer_end": [],
}

# Links to other libraries. Their inventories would need the network; their addresses
# follow patterns.
_SKLEARN = "https://scikit-learn.org/stable/"
_ELSEWHERE = {
    "pandas": "https://pandas.pydata.org/docs/reference/api/{}.html",
    "sklearn": _SKLEARN + "modules/generated/{}.html",
    "threadpoolctl": "https://github.com/joblib/threadpoolctl",
    "accuracy_score": _SKLEARN + "modules/model_evaluation.html#accuracy-score",
    "r2_score": _SKLEARN + "modules/model_evaluation.html#r2-score",
    "metadata_routing": _SKLEARN + "metadata_routing.html",
    "meta-estimator": _SKLEARN + "glossary.html#term-{}",
}
_ELSEWHERE["df_output_transform"] = _SKLEARN + "modules/{}.html"
_ELSEWHERE["sphx_glr_auto_examples_miscellaneous_plot_set_output.py"] = (
    _SKLEARN + "auto_examples/miscellaneous/plot_set_output.html"
)
_NUMPY = "https://numpy.org/doc/stable/reference/"
_ELSEWHERE["numpy.random.RandomState"] = _NUMPY + "random/legacy.html#{}"
_ELSEWHERE["numpy.savez"] = _NUMPY + "generated/{}.html"


def link_elsewhere(app, env, node, contnode):
    """Resolve a reference to another library, or return None."""
    target = node.get("reftarget", "")
    pattern = _ELSEWHERE.get(target) or _ELSEWHERE.get(target.partition(".")[0])
    if pattern is None:
        return None
    link = nodes.reference("", "", refuri=pattern.format(target), internal=False)
    link += contnode
    return link


def link_to_engine(app, env, node, contnode):
    """Resolve a name of `sknn_scratch.layers` to its page in the engine, or None."""
    module, _, name = node.get("reftarget", "").rpartition(".")
    if module != "sknn_scratch.layers":
        return None
    target = f"{getattr(import_module(module), name).__module__}.{name}"
    return env.get_domain("py").resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], target, node, contnode
    )


def module_of_class(app, module, attribute):
    """Return the module of the class of a method, also for inherited methods.

    Otherwise the source page of the base class would link to the subclass.
    """
    name, _, method = attribute.partition(".")
    return getattr(import_module(module), name).__module__ if method else None


def setup(app):
    """Connect the handlers, and save the animation before files are copied."""
    app.connect("missing-reference", link_elsewhere)
    app.connect("missing-reference", link_to_engine)
    app.connect("viewcode-follow-imported", module_of_class)
    app.connect("builder-inited", lambda app: pictures.animation())
    app.connect("build-finished", import_module("notebooks").write)
