"""The command line of publishing."""

from tools.publish.upload import main

main()
