"""The command line: the outermost layer, one module a group of commands."""


def main() -> None:
    """Entry point of `pointsman`."""
    from routing.cli.app import app

    app()
