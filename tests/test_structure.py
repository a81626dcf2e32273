"""The house rules that a machine can check: imports, the wall, sizes, and that what exists is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from kansen.cli import main
from kansen.dictionary import dictionary
from kansen.errors import KansenError

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "kansen"


def test_imports_go_one_way() -> None:
    found = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout


def test_only_protection_holds_the_pass() -> None:
    users = {
        path.relative_to(SOURCE).parts[0]
        for path in SOURCE.rglob("*.py")
        if re.search(r"protected import .*\btoken\b|protected\.(token|_TOKEN)", path.read_text(encoding="utf-8"))
    }
    assert users <= {"protection"}


def test_the_public_package_exports_the_reader_only() -> None:
    code = "import sys, kansen.release; print([m for m in sys.modules if 'protection' in m or m.endswith('writer')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [name for name in eval(found.stdout) if name.startswith("kansen")] == []


def test_the_server_loads_no_room_with_person_data() -> None:
    code = "import sys, kansen.atlas; print([m for m in sys.modules if m.startswith('kansen.')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rooms = {name.split(".")[1] for name in eval(found.stdout)}
    assert rooms <= {"atlas", "release", "geography", "knowledge", "precision", "errors", "files", "progress"}


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


def test_no_paths_of_one_machine_and_no_registry_hosts() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    forbidden = re.compile(r"(?<![\w.])/(work|farm|root)/|registry\.npmjs|files\.pythonhosted")
    hits = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".png", ".ico"} or path == Path(__file__) or not path.is_file():
            continue
        hits += [name for line in path.read_text(encoding="utf-8").splitlines() if forbidden.search(line)]
    assert hits == []


def test_no_boundary_files_in_the_tree() -> None:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    assert [name for name in names if re.search(r"\.(geojson|topojson|gpkg|shp|pmtiles)(\.gz)?$", name)] == []


SPEED = re.compile(r"\b\d+ m?s\b|\b\w+ (?:milli)?seconds\b|\ba millisecond\b|\bper second\b")


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_speeds_are_told_in_one_place_only(page: Path) -> None:
    if page.name != "benchmarks.md":
        assert SPEED.findall(page.read_text(encoding="utf-8")) == [], "measured speeds belong in docs/benchmarks.md"


def test_the_data_dictionary_is_up_to_date() -> None:
    page = ROOT / "docs" / "data-dictionary.md"
    assert page.read_text(encoding="utf-8") == dictionary(), "run `make docs`"


def commands(group: click.Group, before: str = "kansen") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, one in group.commands.items():
        full = f"{before} {name}"
        found += commands(one, full) if isinstance(one, click.Group) else [(full, one)]
    return found


@pytest.mark.parametrize(("name", "command"), commands(main), ids=lambda item: item if isinstance(item, str) else "")
def test_every_command_and_option_is_documented(name: str, command: click.Command) -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    section = re.search(rf"^## `{re.escape(name)}.*?(?=^## |\Z)", page, re.M | re.S)
    assert section, f"docs/commands.md lacks {name}"
    options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
    assert [option for option in options if option not in section.group(0)] == []


def test_the_error_tree_is_drawn_whole() -> None:
    import kansen.errors as errors

    drawn = errors.__doc__ or ""
    classes = [name for name, item in vars(errors).items() if isinstance(item, type) and issubclass(item, KansenError)]
    assert [name for name in classes if name not in drawn] == []


def test_readme_names_the_two_commands_and_shows_the_atlas() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme
    assert readme.index("docs/images/atlas.png") < 600
    assert (ROOT / "docs" / "images" / "atlas.png").is_file()


def test_the_readme_lists_every_page_of_the_documentation() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [page.name for page in sorted((ROOT / "docs").glob("*.md")) if f"(docs/{page.name})" not in readme] == []
