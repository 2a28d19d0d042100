"""How the documentation is built: ``python3 dev.py docs``, warnings are errors."""

from __future__ import annotations

import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nnfs_core import __version__

project = "NNFS Visualizer"
release = version = __version__
copyright = "the authors of NNFS Visualizer"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_parser",
]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
templates_path = ["_templates"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = project

autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # types stand in the docstrings, in NumPy's style
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
# Pages are read beside the code as well, where their links lead to files.
suppress_warnings = ["myst.xref_missing", "toc.not_included"]


def _is_not_ours(app, what, name, thing, skip, options):
    """Leave out what is only used, and names for types, which numpydoc takes for classes."""
    foreign = getattr(thing, "__module__", None) == "_thread"
    return True if foreign or isinstance(thing, types.GenericAlias) else None


def setup(app) -> None:
    """Take part in the building."""
    app.connect("autodoc-skip-member", _is_not_ours)
