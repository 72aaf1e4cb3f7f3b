"""The demonstration, for those who run a file first: the same as ``python -m app demo``."""

from app.cli.demo import demo

if __name__ == "__main__":
    demo()
