"""``python -m desperados``: the command line, where its script is not on the path."""

from desperados.cli.main import main

if __name__ == "__main__":
    main()
