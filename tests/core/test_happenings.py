"""What is happening in a run, in a sentence: true of the recording, and the same whenever asked."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.data import load_dataset
from nnfs_core.diagnose.happenings import BRIEF, LONGEST, happening
from nnfs_core.experiment import presets
from nnfs_core.history.dead_watch import DeadWatch
from nnfs_core.history.recording import Mark, Recording
from nnfs_core.training.metrics import EpochMetrics
from nnfs_core.training.trainer import Trainer


def recorded(train, held=None, accuracy=None) -> Recording:
    """A recording with these columns."""
    recording = Recording()
    count = len(train)
    held = np.full(count, np.nan) if held is None else held
    accuracy = np.full(count, np.nan) if accuracy is None else accuracy
    for epoch in range(count):
        row = train[epoch], 0.5, held[epoch], accuracy[epoch], 0.01, 0.1
        recording.append(EpochMetrics(epoch, *map(float, row)))
    return recording


def kind(recording, epoch=None, validation="validation"):
    found = happening(recording, len(recording) - 1 if epoch is None else epoch, validation)
    return None if found is None else found.kind


def test_the_untrained_network_guesses():
    found = happening(recorded([2.3]), 0, "validation")
    assert found.kind == "untrained"
    assert [link.does for link in found.links] == ["train"]


def test_little_is_said_of_a_healthy_run():
    """At 0.93 times the loss each epoch it halves about every ten epochs, and that is all."""
    losses = 2.4 * 0.93 ** np.arange(100)
    recording = recorded(losses, losses * 1.01, np.linspace(0.1, 0.99, 100))
    said = [happening(recording, epoch, "validation") for epoch in range(1, 100)]
    texts = {one.text for one in said}
    halvings = int(np.log2(losses[0] / losses[-1]))
    assert {one.kind for one in said} == {"begins", "learns"}
    assert len(texts) == halvings + 1
    for epoch, one in enumerate(said, 1):
        times = int(np.log2(losses[0] / losses[epoch]) + 1e-9)
        if times == 0:
            assert one.kind == "begins"
        else:
            at = int(np.flatnonzero(losses <= losses[0] / 2**times)[0])
            assert f"by epoch {at:,} the loss has fallen from 2.400 to {losses[at]:.4g}" in one.text


def test_what_comes_after_the_shown_epoch_is_not_told():
    rng = np.random.default_rng(4)
    train = 2.3 * 0.97 ** np.arange(200)
    held = np.concatenate([train[:80], train[80] * 1.01 ** np.arange(120)])
    accuracy = np.clip(1 - held / 2.5 + 0.01 * rng.random(200), 0, 1)
    whole = recorded(train, held, accuracy)
    whole.mark(Mark(150, "change", "learning rate 0.1 → 0.2"))
    for epoch in range(0, 200, 7):
        part = recorded(train[: epoch + 1], held[: epoch + 1], accuracy[: epoch + 1])
        if epoch >= 150:
            part.mark(whole.marks[0])
        assert happening(whole, epoch, "test") == happening(part, epoch, "test")


def test_overfitting_begins_at_the_lowest_validation_loss():
    train = 2.3 * 0.95 ** np.arange(120)
    held = np.concatenate([train[:50] + 0.1, (train[49] + 0.1) * 1.02 ** np.arange(1, 71)])
    recording = recorded(train, held)
    kinds = [kind(recording, epoch) for epoch in range(120)]
    first = kinds.index("overfitting")
    lowest = held[49]
    width = max(10, round(0.05 * first))
    assert np.mean(held[first - width + 1 : first + 1]) >= 1.1 * lowest
    before = first - 1
    assert np.mean(held[before - 9 : before + 1]) < 1.1 * lowest
    found = happening(recording, 119, "validation")
    assert "since epoch 49 the validation loss has risen from 0.2863" in found.text
    assert [(link.does, link.epoch) for link in found.links] == [("show", 49), ("go on", 49)]


def test_a_loss_that_rises_on_both_parts_is_no_overfitting():
    train = np.concatenate([2.3 * 0.95 ** np.arange(50), np.full(70, 3.0)])
    held = np.concatenate([train[:50], np.full(70, 3.0)])
    assert kind(recorded(train, held)) != "overfitting"


def test_validation_that_no_longer_improves():
    losses = 2.3 * 0.98 ** np.arange(150)
    accuracy = np.minimum(np.linspace(0.1, 1.5, 150), 0.9)
    best = int(accuracy.argmax())
    recording = recorded(losses, losses, accuracy)
    kinds = [kind(recording, epoch) for epoch in range(150)]
    first = kinds.index("level")
    assert first == next(e for e in range(150) if e - best >= max(50, e / 3))
    assert "90.0 % was the best" in happening(recording, 149, "test").text


def test_a_change_is_told_for_a_while_and_whatever_a_file_says_is_one_line():
    losses = 2.3 * 0.99 ** np.arange(100)
    recording = recorded(losses)
    recording.mark(Mark(40, "change", "learning rate 0.1 → 0.01\n" + "x" * 1000))
    kinds = [kind(recording, epoch) for epoch in range(100)]
    assert [epoch for epoch, one in enumerate(kinds) if one == "changed"] == [*range(40, 51)]
    text = happening(recording, 45, "validation").text
    assert "\n" not in text and len(text) <= LONGEST
    assert text.startswith("Changed at epoch 40: learning rate 0.1 → 0.01")


def test_a_loss_that_does_not_fall():
    recording = recorded(np.full(60, 2.302))
    assert kind(recording, 9) == "begins"
    texts = {happening(recording, epoch, "test").text for epoch in range(10, 60)}
    assert {text.split(" epochs")[0] for text in texts} == {"In 10", "In 20", "In 50"}


def test_numbers_that_became_too_large_come_first():
    recording = recorded([2.3, 5.0, np.inf, np.nan])
    recording.mark(Mark(3, "diverged", "numbers became too large"))
    assert kind(recording, 3) == "diverged"
    assert kind(recording, 2) != "diverged"
    found = happening(recording, 3, "test")
    assert [(link.does, link.epoch) for link in found.links] == [("show", 3), ("restart", 0)]
    assert found.links[1].rate == pytest.approx(0.01), "a tenth: with the same all is the same"


def test_units_that_die_in_the_preset_that_shows_it():
    experiment = presets()["digits-too-fast"]
    trainer = Trainer(experiment, load_dataset(experiment.dataset))
    watch, recording = DeadWatch(trainer), Recording()
    recording.append(trainer.frame().metrics)
    for _ in range(6):
        recording.append(trainer.step_epoch())
        for mark in watch.after_epoch():
            recording.mark(mark)
    (died,) = [mark for mark in recording.marks if mark.kind == "dead"]
    assert kind(recording, died.epoch - 1) != "dead"
    found = happening(recording, died.epoch, "validation")
    assert found.kind == "dead" and f"since epoch {died.epoch}" in found.text
    assert [(link.does, link.epoch) for link in found.links] == [
        ("show", died.epoch),
        ("restart", 0),
    ]
    assert found.links[1].rate == 2.0


def test_exactly_half_is_not_less_than_half():
    assert kind(recorded([2.0, 1.5, 1.0])) == "begins"
    assert kind(recorded([2.0, 1.0, 0.5])) == "learns"
    found = happening(recorded([2.0, 1.0, 0.5]), 2, "validation")
    assert "by epoch 2 the loss has fallen from 2.000 to 0.5000, less than half" in found.text


def test_all_that_is_said_can_be_said_in_brief():
    falling = 2.3 * 0.95 ** np.arange(120)
    held = np.concatenate([falling[:50], falling[49] * 1.02 ** np.arange(1, 71)])
    flat = np.full(40, 2.3)
    changed = recorded(falling)
    changed.mark(Mark(119, "change", "learning rate 0.1 → " + "0" * 300))
    stopped = recorded(falling)
    stopped.mark(Mark(119, "diverged", "numbers are no longer finite"))
    accuracy = np.concatenate([np.linspace(0.1, 0.9, 20), np.full(100, 0.8)])
    found = [
        happening(recorded(falling), 0, "validation"),
        happening(recorded(falling), 3, "validation"),
        happening(recorded(falling), 119, "validation"),
        happening(recorded(falling, held), 119, "validation"),
        happening(recorded(falling, falling, accuracy), 119, "validation"),
        happening(recorded(flat), 39, "validation"),
        happening(changed, 119, "validation"),
        happening(stopped, 119, "validation"),
    ]
    assert len({one.kind for one in found}) == 8
    for one in found:
        assert len(one.brief) <= BRIEF and len(one.text) <= LONGEST, one
        assert one.brief.endswith(".") and len(one.brief) <= len(one.text)
