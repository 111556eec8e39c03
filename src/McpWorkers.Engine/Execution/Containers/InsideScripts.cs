namespace McpWorkers.Engine.Execution.Containers;

/// <summary>Small programs for the shell of a container, run beside a run in it. They need no more than sh, /proc, and tr.</summary>
internal static class InsideScripts
{
    /// <summary>
    /// Arguments: the run's marker; the wrapper's id and start ticks; a signal, or 0; a directory, or nothing. Sends the signal to all of the
    /// run but the wrapper: what carries its marker, is of the wrapper's session, or stems from one of these. Says whether the wrapper lives
    /// (0 or 1) and how many others there are. Once nothing is left, the directory is removed.
    /// </summary>
    public const string Look = """
        mcpw_m=$1 mcpw_w=$2 mcpw_b=$3 mcpw_k=$4 mcpw_d=$5
        mcpw_alive=0 mcpw_rest= mcpw_set=" " mcpw_n="
        "
        for mcpw_p in /proc/[0-9]*; do
          mcpw_p=${mcpw_p#/proc/}
          case $mcpw_p in 1 | $$) continue ;; esac
          { read -r mcpw_l <"/proc/$mcpw_p/stat"; } 2>/dev/null || continue
          set -- ${mcpw_l##*) }
          [ "$1" = Z ] && continue
          if [ "$mcpw_p" = "$mcpw_w" ] && [ "${20}" = "$mcpw_b" ]; then mcpw_alive=1; mcpw_root=$mcpw_p; continue; fi
          mcpw_e=$mcpw_n$(tr '\0' '\n' 2>/dev/null <"/proc/$mcpw_p/environ")$mcpw_n
          case $mcpw_e in
            *"${mcpw_n}MCPWORKERS_RUN=$mcpw_m$mcpw_n"* | *"${mcpw_n}MCPWORKERS_LINEAGE="*":$mcpw_m:"*) mcpw_set="$mcpw_set$mcpw_p " ;;
            *) if [ "$4" = "$mcpw_w" ] && [ "$4" != 0 ]; then mcpw_set="$mcpw_set$mcpw_p "; else mcpw_rest="$mcpw_rest $mcpw_p:$2"; fi ;;
          esac
        done
        mcpw_grew=1
        while [ $mcpw_grew = 1 ]; do
          mcpw_grew=0
          for mcpw_x in $mcpw_rest; do
            case $mcpw_set in *" ${mcpw_x%:*} "*) continue ;; esac
            case "$mcpw_set${mcpw_root:-none} " in *" ${mcpw_x#*:} "*) mcpw_set="$mcpw_set${mcpw_x%:*} "; mcpw_grew=1 ;; esac
          done
        done
        set -- $mcpw_set
        [ "$mcpw_k" = 0 ] || [ $# = 0 ] || kill -s "$mcpw_k" "$@" 2>/dev/null
        [ "$mcpw_alive$#" != 00 ] || [ -z "$mcpw_d" ] || rm -rf "$mcpw_d" 2>/dev/null
        echo "$mcpw_alive $#"
        """;

    /// <summary>Arguments: a process's id and start ticks. Ends when it has.</summary>
    public const string Await = """
        while { read -r mcpw_l <"/proc/$1/stat"; } 2>/dev/null; do
          mcpw_b=$2
          set -- "$1" "$2" ${mcpw_l##*) }
          [ "${22}" = "$mcpw_b" ] && [ "$3" != Z ] || exit 0
          set -- "$1" "$2"
          sleep 0.1 2>/dev/null || sleep 1
        done
        """;

    /// <summary>Arguments: the shared directory, and how many bytes the follower of the input is to hand on before it ends.</summary>
    public const string EndInput = """
        read -r mcpw_f <"$1/follower" || exit 1
        mcpw_n=0
        while [ -d "/proc/$mcpw_f" ]; do
          mcpw_w=
          { while read -r mcpw_k mcpw_v; do [ "$mcpw_k" != wchar: ] || mcpw_w=$mcpw_v; done <"/proc/$mcpw_f/io"; } 2>/dev/null
          mcpw_n=$((mcpw_n + 1))
          if [ -n "$mcpw_w" ] && [ "$mcpw_w" -ge "$2" ] || [ -z "$mcpw_w" ] && [ $mcpw_n -gt 20 ]; then kill "$mcpw_f"; exit 0; fi
          sleep 0.1 2>/dev/null || sleep 1
        done
        """;

    /// <summary>Arguments: a directory. Ends well where the container sees our files in it.</summary>
    public const string SeesFiles = """[ -f "$1/exit" ]""";

    /// <summary>Arguments: a directory, a file's name, and bytes as octal escapes, which are put behind what the file holds.</summary>
    public const string Deliver = """mkdir -p "$1" && printf '%b' "$3" >>"$1/$2" """;

    /// <summary>Arguments: a directory.</summary>
    public const string Remove = """rm -rf "$1" """;

    /// <summary>What a kept container does by itself.</summary>
    public const string Keep = "exec sleep 2147483647";
}
