"""What is for validation: a fifth, of each class in proportion, and never all of one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnfs_core import aside
from nnfs_core.data import prepare
from nnfs_core.data.prepare import split, split_in_proportion

LABELS = st.lists(st.integers(0, 12), min_size=2, max_size=120)


@given(labels=LABELS)
def test_each_class_is_divided_in_proportion(labels: list[int]) -> None:
    y = np.array(labels)
    train, validation = split_in_proportion(y)
    assert sorted([*train, *validation]) == list(range(len(y)))
    singles = 0
    for kind in set(labels):
        count, held = labels.count(kind), int((y[validation] == kind).sum())
        singles += count == 1
        assert held < count, "one at least is learned from"
        assert abs(held - count / 5) < 1
    fifth = -(-len(labels) // 5)
    assert fifth - singles <= len(validation) <= fifth


@given(labels=LABELS)
def test_it_is_always_the_same(labels: list[int]) -> None:
    y = np.array(labels)
    for one, other in zip(split_in_proportion(y), split_in_proportion(y.copy()), strict=True):
        np.testing.assert_array_equal(one, other)


@given(labels=LABELS, many=st.integers(1, 5))
def test_it_does_not_matter_how_the_classes_are_called(labels: list[int], many: int) -> None:
    # Those with names between them that nobody has.
    y = np.array(labels)
    for one, other in zip(
        split_in_proportion(y), split_in_proportion(y * many + many), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("samples", [10, 15, 35, 55, 1797])
def test_a_fifth_of_every_number_is_exact(samples: int) -> None:
    # 35 × 0.2 is a little more than 7 in floating-point numbers.
    _, validation = split_in_proportion(np.arange(samples) % 2)
    assert len(validation) == -(-samples // 5)


def test_both_parts_are_in_the_order_that_all_were_drawn_in() -> None:
    order = np.random.default_rng(1797).permutation(100)
    for part in split_in_proportion(np.arange(100) % 7):
        places = np.argsort(order)[part]
        assert (np.diff(places) > 0).all()


def test_a_class_as_frequent_as_all_is_split_as_the_whole_was() -> None:
    for one, other in zip(split_in_proportion(np.zeros(100, int)), split(100), strict=True):
        assert sorted(one) == sorted(other)


def test_very_many_are_divided_alike_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    y = np.random.default_rng(0).integers(0, 1000, 5000)
    expected = split_in_proportion(y)
    monkeypatch.setattr(prepare, "MANY", 10)
    monkeypatch.setattr(aside, "EVERY", 0)
    looks: list[int] = []
    for one, other in zip(split_in_proportion(y, lambda: looks.append(1)), expected, strict=True):
        np.testing.assert_array_equal(one, other)
