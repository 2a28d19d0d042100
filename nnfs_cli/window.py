"""``python main.py``: the window, or one line that says why there can be none."""

from __future__ import annotations

from pathlib import Path

from nnfs_cli.interrupt import leave_on_interrupt, raise_on_interrupt
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment


def open_window(
    experiment: Experiment,
    name: str,
    data_dir: Path | None,
    *,
    play: bool,
    run_file: Path | None = None,
    weights: tuple[Path, str | None, str | None] | None = None,
    engine: str = "process",
) -> int:
    """Open the window and run until it is closed; return the exit status.

    Parameters
    ----------
    experiment : Experiment
        What to show, unless a run is opened.
    name : str
    data_dir : Path, optional
        The folder of the data.
    play : bool
        Whether to start training at once.
    run_file : Path, optional
        A saved run to show.
    weights : tuple, optional
        A weights file, and where they are given the data to try it on and its activation.
    engine : str
        Where training is done, one of :data:`~nnfs_core.engine.engines.ENGINES`.

    Raises
    ------
    UserError
        When no window can be opened here, naming the ways out.
    """
    # Until there is a window to be closed, which answers for itself.
    leave_on_interrupt()
    try:
        from visualizer.display import display_problem

        problem = display_problem()
        if problem is not None:
            raise UserError(problem)
        from visualizer.app import open_window as open_it
        from visualizer.state.weights_source import WeightsSource

        opened = run_file if weights is None else WeightsSource(*weights)
        return open_it(experiment, name, data_dir, play=play, opened=opened, engine=engine)
    finally:
        raise_on_interrupt()
