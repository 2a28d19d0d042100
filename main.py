"""Watch a neural network learn: ``python main.py`` opens the window; ``--help`` shows the rest."""

from nnfs_cli.start import main

if __name__ == "__main__":
    main()
