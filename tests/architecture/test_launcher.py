"""`dev.py`: installs once, installs again when the locked list changed, and says plainly what it cannot do."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_packages_are_installed_once_per_locked_list(
    dev: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    requirements = tmp_path / "requirements"
    requirements.mkdir()
    (requirements / "runtime.txt").write_text("# nothing\n")
    (requirements / "dev.txt").write_text("# nothing more\n")
    virtualenv = dev.Virtualenv(tmp_path / ".venv", requirements)

    assert virtualenv.ensure("runtime") is True
    assert capsys.readouterr().err == "installing packages into .venv (once) …\n"
    assert virtualenv.ensure("runtime") is False
    assert capsys.readouterr().err == ""

    assert virtualenv.ensure("dev") is True
    (requirements / "runtime.txt").write_text("# nothing, differently\n")
    assert virtualenv.ensure("runtime") is False, "the development list includes the runtime's"

    # A package without its hash is not installed, and the next start tries again.
    (requirements / "dev.txt").write_text("# nothing more, differently\n")
    (requirements / "runtime.txt").write_text("segno==1.6.6\n")
    with pytest.raises(dev.Stop, match=r"packages of runtime\.txt could not be installed"):
        virtualenv.ensure("runtime")
    assert list(virtualenv.folder.glob("lib/python*/site-packages/segno")) == []
    with pytest.raises(dev.Stop):
        virtualenv.ensure("runtime")

    # One whose Python is gone (the system's was upgraded) is not believed.
    assert virtualenv.is_usable() is True
    virtualenv.python.unlink()
    assert virtualenv.is_usable() is False


def test_a_missing_list_is_said(dev: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(dev.Stop, match=r"runtime\.txt is missing: take the whole repository"):
        dev.Virtualenv(tmp_path / ".venv", tmp_path).ensure("runtime")
    assert list(tmp_path.iterdir()) == []


def test_system_packages_that_cannot_be_installed_are_named(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(dev.Stop, match="Install chromium and poppler-utils, then run this again"):
        dev.install_system_packages()


def test_what_is_started_finds_the_package_and_its_data(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PERENE_DATA", raising=False)
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    virtualenv = dev.Virtualenv(ROOT / ".venv", ROOT / "requirements")
    environment = dev.environment(virtualenv)
    assert environment["PYTHONPATH"] == f"{ROOT}{os.pathsep}/elsewhere"
    assert environment["PERENE_DATA"] == str(ROOT / "var")
    monkeypatch.setenv("PERENE_DATA", "/data")
    assert dev.environment(virtualenv)["PERENE_DATA"] == "/data"


def test_without_a_word_it_says_what_there_is(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, ROOT / "dev.py"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert "python3 dev.py demo" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_locked_lists_name_no_index_and_hash_everything() -> None:
    for name in ("runtime.txt", "dev.txt"):
        lines = (ROOT / "requirements" / name).read_text().splitlines()
        assert not [line for line in lines if "://" in line or line.startswith("--")]
        packages = [number for number, line in enumerate(lines) if line[:1].isalnum()]
        assert len(packages) > 30
        assert all("--hash=sha256:" in lines[number + 1] for number in packages)
