"""Every technical word has one line, and every choice of an experiment is among the words."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnfs_core.experiment import CHOICES
from nnfs_core.text.glossary import WORDS, words_in

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide.md"


def test_words_are_in_order_and_each_spelling_means_one_thing():
    names = [word.name for word in WORDS]
    assert names == sorted(names)
    spellings = [one.lower() for word in WORDS for one in (word.name, *word.also)]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.name)
def test_a_line_is_short_and_a_sentence(word):
    assert word.line[0].isupper() and word.line.endswith((".", "?"))
    assert len(word.line) <= 130
    assert len(word.line.split()) >= 4


@pytest.mark.parametrize("choice", sorted({one for kind in CHOICES.values() for one in kind}))
def test_every_choice_is_explained(choice):
    assert [word.name for word in words_in(choice)] == [choice]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nats, log", ["nats"]),
        ("weight decay and weights", ["weight decay", "weight"]),
        ("10 hidden units · relu", ["hidden layer", "unit", "relu"]),
        ("He said she is here", []),
        ("he", ["he"]),
        ("δ = p − t", ["delta"]),
        ("mean-squared-error", ["mean-squared-error"]),
        ("untrained, unity, lossless", []),
        ("Epoch 3 of 5 epochs", ["epoch"]),
    ],
)
def test_words_are_found_whole_and_each_once(text, names):
    assert [word.name for word in words_in(text)] == names


def test_the_guide_has_the_same_lines():
    text = GUIDE.read_text("utf-8")
    for word in WORDS:
        assert f"- **{word.name}**: {word.line}" in text
