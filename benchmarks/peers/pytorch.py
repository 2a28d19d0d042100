"""PyTorch, eager: a Sequential, cross_entropy, and one of its optimizers."""

from __future__ import annotations

from itertools import pairwise

from benchmarks.peers import Layers, Peer, Task, cores


class PyTorch(Peer):
    """A usual training loop that reads no number back while it goes on.

    Parameters
    ----------
    task : Task
    fused : bool
        Take the optimizer that does its whole update in one kernel instead of the default.
    """

    name = "PyTorch eager"
    requires = "torch"
    fused = False

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        import torch
        from torch import nn

        torch.set_num_threads(cores())
        parts: list[nn.Module] = []
        for weights, bias in task.layers:
            linear = nn.Linear(weights.shape[1], weights.shape[0])
            with torch.no_grad():
                linear.weight.copy_(torch.tensor(weights))
                linear.bias.copy_(torch.tensor(bias))
            parts += [linear, nn.ReLU()]
        self._model = nn.Sequential(*parts[:-1])
        experiment, fused = task.experiment, True if self.fused else None
        parameters = self._model.parameters()
        self._optimizer: torch.optim.Optimizer
        if experiment.optimizer == "adam":
            self._optimizer = torch.optim.Adam(
                parameters,
                lr=experiment.learning_rate,
                betas=(experiment.beta1, experiment.beta2),
                eps=experiment.epsilon,
                fused=fused,
            )
        else:
            self._optimizer = torch.optim.SGD(parameters, lr=experiment.learning_rate, fused=fused)
        self._x = torch.tensor(task.dataset.train_x)
        self._y = torch.tensor(task.dataset.train_y)
        self._orders = task.orders()

    def epoch(self) -> None:
        import torch

        size = self.task.experiment.batch_size
        if size is None:
            self._step(self._x, self._y)
            return
        for chosen in torch.from_numpy(next(self._orders)).split(size):
            self._step(self._x.index_select(0, chosen), self._y.index_select(0, chosen))

    def _step(self, x, y) -> None:
        from torch.nn.functional import cross_entropy

        self._optimizer.zero_grad(set_to_none=True)
        cross_entropy(self._model(x), y).backward()
        self._optimizer.step()

    def layers(self) -> Layers:
        flat = [parameter.detach().numpy().copy() for parameter in self._model.parameters()]
        return [pair for number, pair in enumerate(pairwise(flat)) if number % 2 == 0]


class PyTorchFused(PyTorch):
    """The same with the fused optimizer."""

    name = "PyTorch eager, fused optimizer"
    fused = True
