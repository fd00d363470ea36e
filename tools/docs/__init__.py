"""The documentation site: Sphinx's pages, and a Python in the browser that runs their examples."""
