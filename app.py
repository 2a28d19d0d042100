"""The page in the browser, under the name that Hugging Face Spaces looks for.

``python app.py`` is ``python main.py web``; the address can also be given as
``GRADIO_SERVER_NAME`` and ``GRADIO_SERVER_PORT``, as such a place does.
"""

import sys

from nnfs_cli.app import run

if __name__ == "__main__":
    sys.exit(run(["web", *sys.argv[1:]]))
