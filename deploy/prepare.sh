#!/bin/sh
# Makes a fresh clone ready to run, or to test: Python environment from the lock, libraries of the system.
# Usage: deploy/prepare.sh run|test
set -eu
cd "$(dirname "$0")/.."
purpose=$1
venv=.venv

say() { printf '%s\n' "$*" >&2; }
stop() { printf '%s\n' "$@" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Installs packages where we may, else stops with the command that does. $1: what for; the rest: Debian's names.
debian_install() {
    why=$1
    shift
    if [ "$(id -u)" != 0 ]; then
        stop "$why is missing. Install it, then run make again:" "  sudo apt-get install --no-install-recommends $*"
    fi
    say "Installing $why: $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if have "$name" && new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

no_python() {
    stop "Recovery Clinic needs Python 3.11 or newer. One of these installs it:" \
        "  apt-get install python3 python3-venv      (Debian 12 or newer, Ubuntu 24.04 or newer)" \
        "  brew install python@3.13                  (macOS)"
}

make_venv() {
    if ! find_python >/dev/null && have apt-get && [ "$(id -u)" = 0 ]; then
        debian_install "Python" python3 python3-venv
    fi
    python=$(find_python) || no_python
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        have apt-get || stop "$python has no venv module. Install the one for your system."
        debian_install "Python's venv module" python3-venv
    fi
    rm -rf "$venv"
    "$python" -m venv "$venv"
}

install_packages() {
    if cmp -s requirements/dev.txt "$venv/installed.txt"; then
        return
    fi
    say "Installing Python packages into $venv"
    "$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
    cp requirements/dev.txt "$venv/installed.txt"
}

has_pango() { "$venv/bin/python" -c 'import weasyprint' >/dev/null 2>&1; }

has_browser() {
    [ -n "${CHROMIUM:-}" ] && return
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        have "$name" && return
    done
    [ -d "/Applications/Google Chrome.app" ] || [ -d /Applications/Chromium.app ]
}

install_pango() {
    if have apt-get; then
        debian_install "Pango, which sets the text of PDFs" libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
    elif have brew; then
        brew install pango
    else
        stop "Pango, which sets the text of PDFs, is missing. Install your system's package of it (version 1.44 or newer)."
    fi
    has_pango || stop "WeasyPrint still does not load. Its own words:" "$("$venv/bin/python" -c 'import weasyprint' 2>&1)"
}

# Ubuntu's chromium package is a snap, which containers cannot run; there the tests use Playwright's own build.
install_browser() {
    if grep -qs '^ID=ubuntu' /etc/os-release; then
        [ "$(id -u)" = 0 ] || stop "Chromium is missing. Install it, then run make again:" \
            "  sudo $venv/bin/playwright install-deps chromium && $venv/bin/playwright install chromium"
        "$venv/bin/playwright" install --with-deps chromium
    elif have apt-get; then
        debian_install "Chromium, for the tests" chromium
    elif have brew; then
        brew install --cask chromium
    else
        stop "Chromium is missing. Install it, or set CHROMIUM to its program."
    fi
}

install_poppler() {
    if have apt-get; then
        debian_install "poppler, which reads PDFs back in the tests" poppler-utils
    elif have brew; then
        brew install poppler
    else
        stop "pdftotext is missing. Install your system's poppler tools."
    fi
}

if ! { [ -x "$venv/bin/python" ] && new_enough "$venv/bin/python"; }; then
    make_venv
fi
install_packages
if [ -e "$venv/system-$purpose" ]; then
    exit 0
fi
has_pango || install_pango
if [ "$purpose" = test ]; then
    has_browser || install_browser
    have pdftotext || install_poppler
fi
touch "$venv/system-$purpose"
