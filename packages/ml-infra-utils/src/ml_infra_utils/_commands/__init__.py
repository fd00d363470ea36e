"""The program `ml-infra`: the commands of whichever portions are installed, in one place."""
