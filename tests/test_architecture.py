"""The floors of mailbot/, as architecture: imports go down, files stay readable, names stay unambiguous."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "mailbot").rglob("*.py"))
MOST_LINES = 400


def test_imports_keep_every_contract() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.fail(result.stdout + result.stderr, pytrace=False)


def test_files_can_be_read_in_one_sitting() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_module_bears_the_name_of_a_standard_library_module() -> None:
    named = [path.parent if path.name == "__init__.py" else path for path in MODULES]
    assert [str(path.relative_to(ROOT)) for path in named if path.stem in sys.stdlib_module_names] == []
