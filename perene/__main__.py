"""`python -m perene …`: the command line."""

from perene.interfaces.cli import main

if __name__ == "__main__":
    raise SystemExit(main.main())
