"""The page in the browser, under the name that Hugging Face Spaces looks for.

``python app.py`` is ``python main.py web``; the address can also be given as
``GRADIO_SERVER_NAME`` and ``GRADIO_SERVER_PORT``, as such a place does. There it needs no token:
the place itself decides who sees it.
"""

import os
import sys

try:
    from nnfs_cli.interrupt import leave_on_interrupt, raise_on_interrupt
except KeyboardInterrupt:
    raise SystemExit(130) from None

if __name__ == "__main__":
    leave_on_interrupt()
    from nnfs_cli.app import run

    raise_on_interrupt()
    known = ["--no-token"] if os.environ.get("SPACE_ID") else []
    sys.exit(run(["web", *known, *sys.argv[1:]]))
