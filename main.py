"""Watch a neural network learn: ``python main.py`` opens the window; ``--help`` shows the rest."""

try:
    from nnfs_cli.interrupt import leave_on_interrupt
except KeyboardInterrupt:
    raise SystemExit(130) from None

if __name__ == "__main__":
    leave_on_interrupt()
    from nnfs_cli.start import main

    main()
