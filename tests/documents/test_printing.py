"""The printing process: however it ends, nothing of it stays in the folder for temporary files."""

import signal

import pytest

from documents import printing

PAGE = '<html lang="en"><head><title>A page</title></head><body><p>x</p></body></html>'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def printer(folder):
    found = printing.Printer()
    found.render(PAGE)
    yield found
    found.stop()


def test_copies_of_fonts_lie_in_a_folder_of_its_own_while_it_runs(printer, folder):
    [own] = folder.iterdir()
    assert own.name.startswith("recovery-clinic-press-")
    assert any(path.is_file() for path in own.rglob("*"))


def test_whoever_stops_it_leaves_no_file(printer, folder):
    printer.stop()
    assert list(folder.iterdir()) == []


def test_it_leaves_no_file_when_whoever_asked_is_gone(printer, folder):
    """As when a worker is killed: the input ends, and nobody reads the answer."""
    process = printer._process
    process.stdout.close()
    process.stdin.write(len(PAGE).to_bytes(printing.LENGTH, "big") + PAGE.encode())
    process.stdin.close()
    process.wait(timeout=20)
    assert list(folder.iterdir()) == []


def test_one_that_does_not_end_is_killed(printer):
    process = printer._process
    process.send_signal(signal.SIGSTOP)
    printer.stop()
    assert process.returncode == -signal.SIGKILL
