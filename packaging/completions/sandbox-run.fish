# fish completion of sandbox-run. Flags are read from its own --help, so they cannot differ from it.

set -l verbs exec test sweep compare bench-endpoint check warm cache policy why

complete -c sandbox-run -n "not __fish_seen_subcommand_from $verbs" -a "$verbs"
complete -c sandbox-run -n '__fish_seen_subcommand_from policy' -f -a 'show check list'
complete -c sandbox-run -l policy -x -a '(sandbox-run policy list 2>/dev/null)'
complete -c sandbox-run -l toolchain -x -a "(sandbox-run --version 2>/dev/null | string replace -rf '^(go[^,]*),.*' '\$1')"
complete -c sandbox-run -l network -x -a 'none loopback'
complete -c sandbox-run -l output-limit -x -a 'kill truncate'
complete -c sandbox-run -l scratch -x -a 'memory disk'
complete -c sandbox-run -l gomemlimit -x -a 'auto off'
complete -c sandbox-run -l like -x -a 'kubernetes docker systemd'
for flag in (sandbox-run --help 2>/dev/null | string match -ra -- '--[a-z][a-z-]+' | sort -u)
    complete -c sandbox-run -l (string sub -s 3 -- $flag)
end
