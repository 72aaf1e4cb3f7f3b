"""``python -m app COMMAND``."""

from app.cli import main

main(prog_name="logfeed")
