# ./lab doctor: what was found, what is missing, and the mend, set by set.
# shellcheck shell=bash

told() { printf '  %-8s %-34s %s\n' "$1" "$2" "$3"; }

doctor_system() {
  local name cores
  name=$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release 2>/dev/null)
  printf 'System\n'
  cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo '?')
  told found "${name:-$(uname -sr)}" "$(uname -m), $cores cores"
  if have_apt; then
    told found apt-get "installs the packages below"
  else
    told missing apt-get "the packages below must be installed by hand"
    trouble=1
  fi
  if [ "$(id -u)" -eq 0 ]; then
    told found root "may install packages"
  elif command -v sudo >/dev/null 2>&1; then
    told found sudo "may install packages, if it lets you"
  else
    told missing "root or sudo" "packages must be installed by an administrator"
  fi
}

doctor_set() { # doctor_set SET USED_BY
  local row missing names set probe brew why
  missing=$(missing_rows "$1")
  printf '\n%s: for %s\n' "$1" "$2"
  rows_of "$1" | while read -r set names probe brew why; do
    row="$set $names $probe $brew $why"
    case "
$missing
" in
      *"
$row
"*) told missing "$names" "$why" ;;
      *) told found "$names" "$why" ;;
    esac
  done
  [ -n "$missing" ] || return 0
  printf '  mend: %s\n' "$3"
  case $1 in book | build) trouble=1 ;; esac
}

doctor_tools() {
  printf '\nIn this folder\n'
  local file
  for file in .lab/python/bin/mdbook .lab/node/bin/node node_modules/.package-lock.json \
    build/release/tools/lab/lab; do
    if [ -e "$LAB_ROOT/$file" ]; then
      told found "$file" ""
    else
      told "not yet" "$file" "made by the first ./lab up"
    fi
  done
}

# shellcheck disable=SC2154  # what container.sh and way.sh set
doctor_container() {
  local name
  printf '\nThrough a container\n'
  if engine_answers; then
    told found "Docker engine" "$engine_words"
  elif [ -n "$engine_words" ]; then
    told missing "Docker engine" "$(printf '%s\n' "$engine_words" | tail -n 1)"
  else
    told missing "Docker engine" "there is no docker on the PATH"
  fi
  [ -n "$engine_words" ] || return 0
  if read_image; then
    told found "image $image" "with the packages for: book build exercise $image_sets"
  else
    told "not yet" "image $image" "made by the first command that goes this way"
  fi
  for name in home build npm; do
    if docker volume inspect "$container-$name" >/dev/null 2>&1; then
      told found "volume $container-$name" "what ./lab made in the container"
    fi
  done
}

doctor_packages() {
  doctor_set book "./lab up, ./lab book" "./lab up installs it"
  doctor_set build "./lab up, sim, replay, hunt and everything else" "./lab up installs it"
  doctor_set exercise "./lab exercise" "./lab exercise list installs it"
  doctor_set unit "./lab test unit, real; ./lab bench" "./lab test unit installs it"
  doctor_set queues "./lab bench queue" "./lab bench queue installs it"
  doctor_set etcd "./lab bench consensus" "./lab bench consensus installs it"
  doctor_set api "./lab test real" "./lab test real installs it"
  doctor_set clang "./lab test sanitizers, fuzz" "./lab test sanitizers installs it"
  doctor_set style "./lab fmt, tidy" "./lab tidy installs it"
  doctor_set cross "./lab test determinism" "./lab test determinism installs it"
  doctor_set browser "./lab test browser" "./lab test browser installs it"
  doctor_tools
}

# shellcheck disable=SC2154
doctor() {
  trouble=
  doctor_system
  choose_way up
  printf '\nThe way of ./lab up\n'
  case $way in
    native) told found "on this machine" "$because" ;;
    container) told found "through a container" "$because" ;;
    *) told missing "neither here nor in a container" "$because" ;;
  esac
  [ "$way" = container ] || doctor_packages
  doctor_container
  if [ "$way" = container ]; then
    printf '\nAll that ./lab up needs is in the container, or will be.\n'
  elif [ -n "$trouble" ]; then
    printf '\nSomething that ./lab up needs is missing; ./lab up installs it where it can.\n'
    return 1
  else
    printf '\nAll that ./lab up needs is here.\n'
  fi
}
