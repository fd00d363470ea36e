"""Run the tests on a Python compiled to WebAssembly: the newest one, wherever Node runs."""
