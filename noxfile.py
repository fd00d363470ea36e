# /// script
# requires-python = ">=3.10"
# dependencies = ["nox==2026.10.20", "uv==0.13.9"]
# ///
"""Every task of the monorepo, one session each.

``python3 noxfile.py --list`` shows them. It needs Python and git only; ``nox``,
``pipx run nox`` and ``uvx nox`` do the same.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

if __name__ == "__main__":
    from tools.bootstrap import ensure

    ensure(ROOT / "noxfile.py")

from typing import Any

import nox

from tools.git import forget_surroundings
from tools.installs import built, group, install_torch, oldest_beside, wheel_for
from tools.program import end_in_order
from tools.projects import META, closure, find, projects
from tools.pythons import make_visible, running

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["tests"]

make_visible()
forget_surroundings()
for name in ("PYTHONPATH", "PYTHONSAFEPATH"):  # both change what an environment can import
    os.environ.pop(name, None)
os.environ["UV_PYTHON_DOWNLOADS"] = "never"
os.environ.setdefault("UV_SYSTEM_CERTS", "1")
for of_pip, of_uv in (
    ("PIP_FIND_LINKS", "UV_FIND_LINKS"),
    ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
    ("PIP_EXTRA_INDEX_URL", "UV_INDEX"),
):  # uv reads nothing of what pip is told
    if of_pip in os.environ:
        os.environ.setdefault(of_uv, os.environ[of_pip])

PROJECTS = projects()
PYTHONS = sorted({v for p in PROJECTS.values() for v in p.pythons}, key=lambda v: int(v[2:]))
RUNNING = f"3.{sys.version_info[1]}"

# How long, after Ctrl-C, a session may take to stop the index that it started.
PATIENCE: dict[str, Any] = {"interrupt_timeout": 10, "terminate_timeout": 10}

# On CI a commit is tested with the same examples each time; the nightly run gives another seed.
SEED = [f"--hypothesis-seed={os.environ.get('HYPOTHESIS_SEED', 0)}"] if "CI" in os.environ else []

# A test that hangs ends its worker after five minutes, and fails with the stacks of all threads;
# the last pytest for Python 3.8 shows the stacks only.
NO_HANGING = ["-o", "faulthandler_timeout=300", "-o", "faulthandler_exit_on_timeout=true"]
ON_TWO_CORES = ["-n", "2", "--dist", "worksteal", *NO_HANGING]

each_portion = nox.parametrize("portion", [nox.param(p, id=p, tags=[p]) for p in PROJECTS])


def having(folder: str) -> list[Any]:
    """Return the portions that have tests in a folder of that name, as parameters."""
    portions = [p for p in PROJECTS if (ROOT / "tests" / p / folder).is_dir()]
    return [nox.param(p, id=p, tags=[p]) for p in portions]


@nox.session(reuse_venv=True, default=False)
def quickstart(session: nox.Session) -> None:
    """Build all, publish them to an index on this machine, install and use them (-- --keep)."""
    session.install("--compile-bytecode", *group("index"))
    session.run("python", "-m", "tools.quickstart", *session.posargs, **PATIENCE)


@nox.session
@each_portion
def tests(session: nox.Session, portion: str) -> None:
    """Test a portion's wheel, alone in its environment, on the Python at hand (or: -P 3.8)."""
    project = PROJECTS[portion]
    python = session.python if isinstance(session.python, str) else RUNNING
    if python not in project.pythons:
        session.skip(f"{project.name} does not support Python {python}")
    wheels = [wheel_for(session, needed, python) for needed in closure(project, PROJECTS)]
    session.install(*group(f"test-{portion}"), *map(str, wheels))
    documented = [str(ROOT / "README.md")] if project.is_meta else ["--pyargs", project.module]
    is_measured = session.python is None  # once is enough: it takes a third of the time
    runner = ["pytest", *ON_TWO_CORES]
    if is_measured and project.is_meta:
        # Plugins of pytest import the façade before pytest-cov begins. The folder of the
        # meta-package is the portions' too: only its own files count.
        own = (f"*/ml_infra_utils/{each}" for each in ("__init__.py", "_commands/*"))
        runner = ["coverage", "run", f"--include={','.join(own)}", "-m", "pytest"]
    elif is_measured:
        runner += [f"--cov={project.module}", "--cov-report=", "--cov-fail-under=0"]
    environment = {"COVERAGE_FILE": str(Path(session.create_tmp()) / "coverage")}
    session.run(
        *("python", "-m", *runner, f"tests/{portion}"),
        *("--doctest-modules", "--doctest-glob=README.md", str(project.folder / "README.md")),
        *documented,
        *SEED,
        *session.posargs,
        env=environment,
    )
    if is_measured:
        session.run("python", "-m", "coverage", "report", env=environment)


@nox.session(default=False)
@nox.parametrize("portion", having("slow"))
def slow(session: nox.Session, portion: str) -> None:
    """Test what takes time: many processes, full disks, kills."""
    session.install(*group(f"test-{portion}"), str(built(session, portion).wheel))
    session.run("python", "-m", "pytest", f"tests/{portion}/slow", *SEED, *session.posargs)


@nox.session(default=False)
def examples(session: nox.Session) -> None:
    """Run the twelve jobs of examples/, the pages that show them, and the notebook."""
    wheels = [str(built(session, portion).wheel) for portion in PROJECTS]
    session.install(*group("test-examples"), *wheels)
    session.run("python", "-m", "pytest", *ON_TWO_CORES, "tests/examples", *session.posargs)


@nox.session(default=False)
@nox.parametrize("portion", having("peers"))
def peers(session: nox.Session, portion: str) -> None:
    """Run the own suites of a portion's peers against it, by adapters (-- --write: the table)."""
    wheel = str(built(session, portion).wheel)
    session.install("pip", *group(f"test-{portion}"), *group(f"bench-{portion}"), wheel)
    session.run("python", "-m", f"tests.{portion}.peers.run", *session.posargs)


@nox.session(default=False)
@nox.parametrize("portion", having("engines"))
def engines(session: nox.Session, portion: str) -> None:
    """Test with PyTorch, and on DuckDB, Polars, Dask and Spark (Java)."""
    wheel = str(built(session, portion).wheel)
    session.install(*group(f"test-{portion}"), *group("test-engines"), wheel)
    install_torch(session)
    session.run("python", "-m", "pytest", f"tests/{portion}/engines", *session.posargs)


@nox.session(default=False)
@each_portion
def siblings(session: nox.Session, portion: str) -> None:
    """Test beside the oldest that the metadata admits; `tests` has the newest."""
    oldest = oldest_beside(session, PROJECTS[portion])
    session.log(f"beside: {', '.join(oldest) or 'nothing'}")
    session.install(*group(f"test-{portion}"), str(built(session, portion).wheel), *oldest)
    beside = [f"tests/{portion}", f"--ignore=tests/{portion}/whole"]
    session.run("python", "-m", "pytest", *beside, *session.posargs)


@nox.session(venv_backend="none", default=False)
def matrix(session: nox.Session) -> None:
    """Test every portion on every supported Python that runs here."""
    here = running(PYTHONS)
    if missing := [python for python in PYTHONS if python not in here]:
        session.warn(f"Not on this machine, so not tested: Python {', '.join(missing)}")
    test_on(session, here)


@nox.session(venv_backend="none", default=False)
def edges(session: nox.Session) -> None:
    """Test every portion on the oldest and the newest supported Python that run here."""
    here = running(PYTHONS)
    test_on(session, list(dict.fromkeys([here[0], here[-1]])))


@nox.session(default=False)
def distribution(session: nox.Session) -> None:
    """Test the built files, and the namespace in every combination of them."""
    session.install("--compile-bytecode", *group("distribution"))
    session.run(
        "python", "-m", "pytest", *ON_TWO_CORES, *(session.posargs or ["tests/distribution"])
    )


@nox.session(name="tools", default=False)
def test_tools(session: nox.Session) -> None:
    """Test what releases and publishes, against real indexes on this machine."""
    session.install("--compile-bytecode", *group("distribution"))
    what = session.posargs or ["tests/tools"]
    session.run("python", "-m", "pytest", *ON_TWO_CORES, *what, **PATIENCE)


@nox.session(default=False)
def releases(session: nox.Session) -> None:
    """Rehearse a release of this repository, and interrupt releases: half an hour, so not in CI."""
    session.install("--compile-bytecode", *group("distribution"))
    what = session.posargs or ["tests/tools/slow"]
    session.run("python", "-m", "pytest", *what, **PATIENCE)


@nox.session(default=False)
def lint(session: nox.Session) -> None:
    """Check style, metadata, the lock file and the built files."""
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    portions = [str(p.folder / "src") for p in PROJECTS.values() if not p.is_meta]
    session.run("lint-imports", env={"PYTHONPATH": os.pathsep.join(portions)})
    session.run("validate-pyproject", *map(str, ROOT.glob("packages/*/pyproject.toml")))
    session.run("pdm", "lock", "--check")
    workflows = map(str, ROOT.glob(".github/workflows/*.yml"))
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    dependabot = ".github/dependabot.yml"
    session.run("check-jsonschema", "--builtin-schema", "vendor.dependabot", dependabot)
    session.run("zizmor", "--offline", "--no-progress", "--strict-collection", ".github")
    if shutil.which("actionlint"):  # a Go program: no package of this session brings it
        session.run("actionlint", external=True)
    else:
        session.warn("actionlint is not on this machine: not run")
    for portion, project in PROJECTS.items():
        files = built(session, portion)
        source = str(project.folder / "src")
        session.run("twine", "check", "--strict", str(files.sdist), str(files.wheel))
        session.run("check-wheel-contents", "--src-dir", source, str(files.wheel))


@nox.session(default=False)
def typecheck(session: nox.Session) -> None:
    """Check types with mypy and pyright: over installed wheels, then over editable installs."""
    wheels = [str(built(session, portion).wheel) for portion in PROJECTS]
    session.install(*group("typecheck"), *wheels)
    for project in PROJECTS.values():  # each by name: mypy finds no portions below a stub package
        session.run("mypy", "-p", project.module)
    own = [str(PROJECTS[META].package / name) for name in ("__init__.py", "_commands")]
    session.run("mypy", *own)
    session.run("mypy", "-p", "tools", "-m", "noxfile")
    session.run("pyright", "--ignoreexternal", "--verifytypes", "ml_infra_utils")
    check_typed_usage(session)
    # What `pdm install` makes: the façade and the portions in five folders.
    editable = [arg for project in PROJECTS.values() for arg in ("-e", str(project.folder))]
    session.install("--no-deps", *editable)
    check_typed_usage(session)


def check_typed_usage(session: nox.Session) -> None:
    """Check what users write, tests/typing, against what is installed."""
    session.run("mypy", "tests/typing")
    session.run("pyright", "--warnings", "tests/typing")


@nox.session(reuse_venv=True, default=False)
def wasm(session: nox.Session) -> None:
    """Test the wheels on CPython 3.14 in WebAssembly, but for what needs compiled libraries."""
    session.install(*group("wasm"))
    wheels = [str(built(session, portion).wheel) for portion in PROJECTS]
    session.run("python", "-m", "tools.wasm", *session.posargs, "--wheels", *wheels)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the documentation site, with a Python in it that runs the examples."""
    build_site(session, "docs", *session.posargs)


@nox.session(default=False)
def browser(session: nox.Session) -> None:
    """Build the site, then search, copy and run in it with Chromium, and look at every page."""
    build_site(session, "test-site")
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        session.run("apt-get", "update", "-qq", external=True)
        session.run("apt-get", "install", "-qq", "--yes", "chromium", external=True)
    session.run("python", "-m", "pytest", *ON_TWO_CORES, "tests/site", *session.posargs)


def build_site(session: nox.Session, needed: str, *options: str) -> None:
    """Build the documentation site in an environment with a dependency group."""
    wheels = [str(built(session, portion).wheel) for portion in PROJECTS]
    session.install(*group(needed), *wheels)
    session.run("python", "-m", "tools.docs", *options, "--wheels", *wheels)


@nox.session(name="build", default=False)
def build_files(session: nox.Session) -> None:
    """Build sdists, wheels and bills of materials into dist/, of all or of those named."""
    session.install(*group("sbom"))
    (ROOT / "dist").mkdir(exist_ok=True)
    for portion in session.posargs or PROJECTS:
        files = built(session, portion)
        shutil.copy(files.sdist, ROOT / "dist")
        wheel = shutil.copy(files.wheel, ROOT / "dist")
        session.run("python", "-m", "tools.publish.bill_of_materials", wheel)


@nox.session(default=False)
def check(session: nox.Session) -> None:
    """Run everything that CI runs."""
    for portion in PROJECTS:
        session.notify(f"tests({portion})")
    for name in ("examples", "distribution", "tools", "lint", "typecheck", "edges"):
        session.notify(name)
    for portion in having("slow"):
        session.notify(f"slow({portion.id})")
    session.notify("wasm")
    session.notify("browser")
    session.notify("quickstart")
    session.notify("audit")


@nox.session(default=False)
def new(session: nox.Session) -> None:
    """Add a portion: -- drift --description "Tell whether data drifts" [--facade]."""
    session.install("--compile-bytecode", *group("release"))
    session.run("python", "-m", "tools.new_portion", *session.posargs)


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Bring pdm.lock up to date with the dependencies that are declared (-- GROUP: a new one)."""
    session.install("--compile-bytecode", *group("release"))
    session.run("python", "-m", "tools.lock", *session.posargs)


@nox.session(default=False)
def api(session: nox.Session) -> None:
    """Say which public names changed since the last release; fail if the news does not say so."""
    session.install("--compile-bytecode", *group("release"))
    session.run("python", "-m", "tools.release.public_api")


@nox.session(default=False)
def news(session: nox.Session) -> None:
    """Check that changed sources have news (-- --base main), or show it (-- preview metrics)."""
    session.install("--compile-bytecode", *group("release"))
    session.run("python", "-m", "tools.release.news", *session.posargs)


@nox.session(reuse_venv=True, default=False)
def release(session: nox.Session) -> None:
    """Release what has news: -- plan, -- rehearse, -- apply, -- propose (--help says more)."""
    session.install("--compile-bytecode", *group("release"))
    session.run("python", "-m", "tools.release", *session.posargs, **PATIENCE)


@nox.session(reuse_venv=True, default=False)
def publish(session: nox.Session) -> None:
    """Upload what was released and has no tag yet, and tag it: -- --to pypi (--help says more)."""
    session.install("--compile-bytecode", *group("release"), *group("sbom"))
    session.run("python", "-m", "tools.publish", *session.posargs, **PATIENCE)


@nox.session(default=False)
def audit(session: nox.Session) -> None:
    """Look up the locked packages in the database of known vulnerabilities."""
    session.install(*group("audit"))
    locked = Path(session.create_tmp()) / "locked.txt"
    session.run(
        "pdm", "export", "--quiet", "--no-default", "--with", ":all", "--output", str(locked)
    )
    session.run("python", "-m", "tools.audit", str(locked))


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Race a portion against its peers: -- metrics (--write: the tables; -- all: what fell)."""
    raced = sorted(path.stem for path in ROOT.glob("benchmarks/*.py") if path.stem in PROJECTS)
    portion, *options = session.posargs or [""]
    if portion not in (*raced, "all"):
        session.error(f"which portion? -- {' or '.join(raced)}, or all")
    chosen = raced if portion == "all" else [portion]
    for each in chosen:
        session.install(*group(f"bench-{each}"), str(built(session, each).wheel))
    if "metrics" in chosen:
        install_torch(session)
    if portion == "all":
        session.run("python", "-m", "tools.regressions", *chosen)
    else:
        session.run("python", "-m", f"benchmarks.{portion}", *options)


@nox.session(reuse_venv=True, default=False)
def mutants(session: nox.Session) -> None:
    """Change one token at a time, and count what the tests notice: -- metrics (goes on)."""
    portion, *options = session.posargs or [""]
    project = find(portion, PROJECTS)
    wheel = str(built(session, portion).wheel)
    session.install(*group("mutants"), *group(f"test-{project.portion}"))
    session.install("--reinstall", "--no-deps", wheel)  # the last run may have left a change in it
    session.install(wheel)
    session.run("python", "-m", "tools.mutants", project.portion, *options)


def test_on(session: nox.Session, pythons: list[str]) -> None:
    """Run the session `tests` on other Pythons than the one at hand."""
    session.run(sys.executable, "-m", "nox", "-s", "tests", "-P", *pythons, external=True)


if __name__ == "__main__":
    end_in_order()
    os.chdir(ROOT)
    nox.main()
