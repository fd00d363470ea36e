// Run pytest in a Python compiled to WebAssembly: node run.mjs PYODIDE SITE REPOSITORY ARGUMENTS...
import { pathToFileURL } from "node:url";

const [folder, site, repository, ...pytest] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: folder });
python.mountNodeFS("/site", site);
python.mountNodeFS("/repository", repository);
python.globals.set("pytest_arguments", python.toPy(pytest));
process.exitCode = python.runPython(`
import os, sys

os.chdir("/repository")
sys.path[:0] = ["/repository", "/site"]
sys.dont_write_bytecode = True
print(f"Python {sys.version.split()[0]} on {sys.platform}")
import pytest

int(pytest.main(pytest_arguments))
`);
