"""The command line of releases."""

from tools.release.commands import main

main()
