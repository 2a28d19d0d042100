"""The mathematics once more, the slow and obvious way, to test the fast one against.

One sample a row, float64, nothing shared with nnfs_core: where both agree, a slip would
have to have been made twice.
"""

from __future__ import annotations

import math

import numpy as np

from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.model.parameters import Parameters

FUNCTIONS = {
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "tanh": lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "identity": lambda z: z,
}
SLOPES = {
    "relu": lambda z: np.where(z > 0, 1.0, 0.0),
    "leaky_relu": lambda z: np.where(z > 0, 1.0, 0.01),
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "sigmoid": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
    "identity": lambda z: np.ones_like(z),
}


def make_dataset(
    samples: int = 60, features: int = 6, classes: int = 4, validation: int = 20, seed: int = 0
) -> Dataset:
    """Make noisy clouds, one around a random centre for each class."""
    generator = np.random.default_rng(seed)
    centres = generator.uniform(0, 1, (classes, features))

    def part(count: int):
        labels = generator.integers(0, classes, count)
        x = centres[labels] + generator.normal(0, 0.2, (count, features))
        return x.clip(0, 1).astype(np.float32), labels

    train, validation = part(samples), part(validation)
    names = tuple(f"class {k}" for k in range(classes))
    return Dataset("clouds", *train, *validation, names, None)


def pre_activations(experiment: Experiment, parameters: Parameters, x: np.ndarray):
    """Return Z of every layer, each of shape (samples, units)."""
    a, layers = np.asarray(x, np.float64), []
    for weights, bias in zip(parameters.weights, parameters.biases, strict=True):
        layers.append(np.einsum("si,oi->so", a, weights) + bias)
        a = FUNCTIONS[experiment.activation](layers[-1])
    return layers


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Softmax of every row."""
    powers = np.exp(logits - logits.max(axis=1)[:, None])
    return powers / powers.sum(axis=1)[:, None]


def loss(experiment: Experiment, parameters: Parameters, x: np.ndarray, y: np.ndarray) -> float:
    """Mean loss of the samples, without weight decay."""
    p = probabilities(pre_activations(experiment, parameters, x)[-1])
    if experiment.loss == "cross-entropy":
        return float(np.mean([-np.log(row[label]) for row, label in zip(p, y, strict=True)]))
    return float(np.mean((p - np.eye(p.shape[1])[y]) ** 2))


def objective(
    experiment: Experiment, parameters: Parameters, x: np.ndarray, y: np.ndarray
) -> float:
    """J, what the gradient is the gradient of: mean loss plus (λ/2)·Σ w², biases left out."""
    squares = sum(float(np.sum(weights**2)) for weights in parameters.weights)
    return loss(experiment, parameters, x, y) + experiment.weight_decay / 2 * squares


def four_figures(value: float) -> str:
    """Write a number between 0.0001 and 10,000 as a person with a calculator would."""
    return f"{value:.{3 - math.floor(math.log10(value))}f}"


def accuracy(experiment: Experiment, parameters: Parameters, x: np.ndarray, y: np.ndarray) -> float:
    """Share of the samples whose true class has the largest logit."""
    return float(np.mean(pre_activations(experiment, parameters, x)[-1].argmax(axis=1) == y))


def gradient(
    experiment: Experiment, parameters: Parameters, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """∂J/∂w of every parameter, flat, sample by sample through the chain rule."""
    total = np.zeros(parameters.flat.size)
    for sample, label in zip(np.asarray(x, np.float64), y, strict=True):
        z = [layer[0] for layer in pre_activations(experiment, parameters, sample[None])]
        p, true = probabilities(z[-1][None])[0], np.eye(len(z[-1]))[label]
        if experiment.loss == "cross-entropy":
            delta = p - true
        else:
            jacobian = np.diag(p) - np.outer(p, p)  # ∂p/∂z
            delta = jacobian @ (2 * (p - true) / len(p))
        pieces: list[np.ndarray] = []
        for layer in reversed(range(len(z))):
            below = FUNCTIONS[experiment.activation](z[layer - 1]) if layer else sample
            pieces = [np.outer(delta, below).ravel(), delta, *pieces]
            if layer:
                slope = SLOPES[experiment.activation](z[layer - 1])
                delta = parameters.weights[layer].T @ delta * slope
        total += np.concatenate(pieces)
    decay = [
        part.ravel()
        for weights, bias in zip(parameters.weights, parameters.biases, strict=True)
        for part in (experiment.weight_decay * weights, 0 * bias)
    ]
    return total / len(y) + np.concatenate(decay)
