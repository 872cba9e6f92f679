"""What a wheel of mailbot carries: an installed mailbot finds its templates and rules without the source tree."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_wheel_carries_every_template_and_the_rules(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    (wheel,) = tmp_path.glob("*.whl")
    templates = {path.relative_to(ROOT) for path in (ROOT / "templates").rglob("*.j2")}
    assert templates
    expected = {f"mailbot/data/{path.as_posix()}" for path in [*templates, Path("rules.toml")]}
    with zipfile.ZipFile(wheel) as archive:
        assert expected - set(archive.namelist()) == set()
