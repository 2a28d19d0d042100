"""Python runs this at the start of the process that trains for a watched window: see epoch_ends."""

import os
import sys

if os.environ.get("EPOCH_ENDS") and "nnfs_core.engine.child" in sys.orig_argv:
    from benchmarks.programs.epoch_ends import EpochEnds
    from nnfs_core.training.trainer import Trainer

    EpochEnds(os.environ["EPOCH_ENDS"]).note(Trainer)
