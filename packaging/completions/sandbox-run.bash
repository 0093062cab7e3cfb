# bash completion of sandbox-run. Verbs and flags are read from its own --help, so they cannot differ from it.

_sandbox_run_words() {
  case "$1" in
    --policy) sandbox-run policy list 2>/dev/null ;;
    --network) echo 'none loopback' ;;
    --output-limit) echo 'kill truncate' ;;
    --scratch) echo 'memory disk' ;;
    --toolchain) sandbox-run --version 2>/dev/null | sed -n 's/^\(go[^,]*\),.*/\1/p' ;;
    --gomemlimit) echo 'auto off' ;;
    --like) echo 'kubernetes docker systemd' ;;
    *) return 1 ;;
  esac
}

_sandbox_run_flags() {
  # shellcheck disable=SC2086  # no verb is no word
  sandbox-run $1 --help 2>/dev/null | grep -oE '(^|[ ,])--?[a-z][a-z-]*' | tr -d ' ,' | sort -u
}

_sandbox_run() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb='' words
  local verbs='exec test sweep compare bench-endpoint check warm cache policy why'
  COMPREPLY=()
  case " $verbs " in
    *" ${COMP_WORDS[1]:-} "*) [ "$COMP_CWORD" -gt 1 ] && verb=${COMP_WORDS[1]} ;;
  esac
  if words=$(_sandbox_run_words "$previous"); then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi
  case "$verb:$current" in
    policy:*) mapfile -t COMPREPLY < <(compgen -W 'show check list' -- "$current") ;;
    *:-*) mapfile -t COMPREPLY < <(compgen -W "$(_sandbox_run_flags "$verb")" -- "$current") ;;
    *)
      [ "$COMP_CWORD" -eq 1 ] && mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$current")
      mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
      ;;
  esac
}

complete -o filenames -F _sandbox_run sandbox-run
