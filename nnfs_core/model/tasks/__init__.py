"""Tasks: what the output of a network means. One file each; dropping one in adds it."""

from __future__ import annotations

from functools import cache
from typing import Any

from nnfs_core.errors import UserError, quoted
from nnfs_core.model.tasks.classification import ACCURACY, Classification
from nnfs_core.model.tasks.regression import Regression
from nnfs_core.model.tasks.task import Array, Loss, Output, Score, Task
from nnfs_core.registry import members

__all__ = [
    "ACCURACY",
    "Array",
    "Classification",
    "Loss",
    "Output",
    "Regression",
    "Score",
    "Task",
    "loss_names",
    "task_of",
    "tasks",
]


@cache
def tasks() -> dict[str, Any]:
    """Every class of tasks by name, classification first."""
    return {task.name: task for task in members(__name__, "TASK")}


def task_of(data: Any) -> Task:
    """Return the task of a dataset, or of what is known of one.

    Parameters
    ----------
    data : Dataset, or anything else with ``task``, ``classes`` and ``target``

    Raises
    ------
    UserError
        When there is no task of this name.
    """
    if data.task not in tasks():
        raise UserError(
            "there is no such task", expected=", ".join(tasks()), found=quoted(str(data.task))
        )
    task: Task = tasks()[data.task].of(data)
    return task


def loss_names() -> tuple[str, ...]:
    """Return the names of the losses of all tasks."""
    return tuple(dict.fromkeys(name for task in tasks().values() for name in task.losses))
