"""What an installed package carries."""

import configparser
import fnmatch
from pathlib import Path

import desperados

PACKAGE = Path(desperados.__file__).parent


def test_an_installed_package_carries_all_files_that_are_no_code() -> None:
    setup = configparser.ConfigParser()
    setup.read(PACKAGE.parent / "setup.cfg")
    patterns = [p.strip() for p in setup["options.package_data"]["desperados"].split(",")]
    folders = [PACKAGE, PACKAGE / "seeding" / "shipped"]  # rglob does not follow the link
    files = {
        path.relative_to(PACKAGE).as_posix()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    assert any(name.startswith("seeding/shipped/") for name in files)
    assert [f for f in sorted(files) if not any(fnmatch.fnmatch(f, p) for p in patterns)] == []
