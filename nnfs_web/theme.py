"""Colours and type of the page: the only place here where a colour is named.

The same language as in the window: orange is negative, blue is positive, and zero is the
panel's own colour; violet is how active a unit is, and its number says the sign.
"""

from __future__ import annotations

from typing import Any

LIGHT = {
    "background": "#eceef1",
    "panel": "#ffffff",
    "field": "#eef0f3",
    "hover": "#e2e6eb",
    "line": "#d9dde3",
    "text": "#1c2128",
    "dim": "#5d6673",
    "accent": "#0b6bcb",
    "on-accent": "#ffffff",
    "negative": "#f59322",
    "positive": "#3c96f0",
    "active": "#6a3fd0",
    "good": "#1f7a42",
    "bad": "#b82a1e",
}
DARK = {
    "background": "#14161b",
    "panel": "#1b1e25",
    "field": "#252a33",
    "hover": "#2e3440",
    "line": "#2b303a",
    "text": "#e3e6eb",
    "dim": "#9aa2b0",
    "accent": "#4aa3ff",
    "on-accent": "#0d1117",
    "negative": "#f59322",
    "positive": "#3c96f0",
    "active": "#d8c8ff",
    "good": "#57cf80",
    "bad": "#ff8076",
}
FONT = ("Inter", "system-ui", "-apple-system", "Segoe UI", "DejaVu Sans", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "DejaVu Sans Mono", "monospace")


def variables() -> str:
    """Return style sheet rules that name every colour, for light and for dark."""
    blocks = {":root": LIGHT, ".dark": DARK}
    return "\n".join(
        f"{scope} {{ {' '.join(f'--nnfs-{name}: {colour};' for name, colour in colours.items())} }}"
        for scope, colours in blocks.items()
    )


def gradio_theme() -> Any:
    """Return Gradio's own parts in these colours, with fonts that every system has."""
    import gradio

    names = {
        "body_background_fill": "background",
        "body_text_color": "text",
        "body_text_color_subdued": "dim",
        "background_fill_primary": "panel",
        "background_fill_secondary": "field",
        "block_background_fill": "panel",
        "block_border_color": "line",
        "block_label_background_fill": "panel",
        "block_label_text_color": "dim",
        "block_title_text_color": "dim",
        "border_color_primary": "line",
        "border_color_accent": "accent",
        "color_accent": "accent",
        "button_primary_background_fill": "accent",
        "button_primary_background_fill_hover": "accent",
        "button_primary_text_color": "on-accent",
        "button_secondary_background_fill": "field",
        "button_secondary_background_fill_hover": "hover",
        "button_secondary_text_color": "text",
        "button_secondary_border_color": "line",
        "checkbox_label_background_fill": "field",
        "checkbox_label_background_fill_hover": "hover",
        "checkbox_label_background_fill_selected": "field",
        "checkbox_label_text_color": "text",
        "checkbox_label_text_color_selected": "text",
        "checkbox_background_color": "panel",
        "checkbox_background_color_selected": "accent",
        "checkbox_border_color": "dim",
        "checkbox_border_color_selected": "accent",
        "input_background_fill": "field",
        "link_text_color": "accent",
    }
    colours = {}
    for key, name in names.items():
        colours[key], colours[f"{key}_dark"] = LIGHT[name], DARK[name]
    base = gradio.themes.Base(font=list(FONT), font_mono=list(MONO), radius_size="sm")
    known = {key: colour for key, colour in colours.items() if hasattr(base, key)}
    return base.set(block_shadow="none", block_shadow_dark="none", **known)
