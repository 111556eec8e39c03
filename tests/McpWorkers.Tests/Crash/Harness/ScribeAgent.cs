using System.Text.Json.Nodes;

namespace McpWorkers.Tests.Crash;

/// <summary>
/// An agent that writes files of every kind that is easily lost, and notes each in a journal outside of its workspace once it is whole. Its prompt is a list of
/// deeds. It never takes away what it wrote, but for <c>lost</c>, which git's log still has, and <c>shared</c>, which the next run writes anew.
/// </summary>
internal static class ScribeAgent
{
    public const string Type = "scribe";

    /// <summary>Standard input: deeds, parted by blanks. First argument: the journal. Each of its lines: SHA-256, the same of the content with LF only, deed, path.</summary>
    private const string Script =
        """
        set -eu
        journal=$1
        note() { # PATH DEED
          printf '%s %s %s %s\n' "$(sha256sum < "$1" | cut -c1-64)" "$(tr -d '\r' < "$1" | sha256sum | cut -c1-64)" "$2" "$PWD/$1" >> "$journal"
        }
        make() {
          case $1 in
            bytes) head -c 9000 /dev/urandom ;;
            crlf) head -c 4000 /dev/urandom | base64 | sed 's/$/\r/' ;;
            mixed) head -c 2000 /dev/urandom | base64; make crlf ;;
          esac
        }
        write() { # DIRECTORY ENDING CONTENT DEED
          mkdir -p "$1"
          file=$1/$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n').$2
          make "$3" > "$file"
          note "$file" "$4"
        }
        for deed in $(cat); do
          case $deed in
            crlf) write src txt crlf crlf ;;
            mixed) write src txt mixed mixed ;;
            binary) write src bin bytes binary ;;
            raw) write src raw crlf raw ;;
            ignored) write ignored txt crlf ignored ;;
            shared) make crlf > shared.txt; note shared.txt shared ;;
            nested)
              [ -e nested/.git ] || { git init -q nested; git -C nested commit -q --allow-empty -m begun; }
              write nested txt crlf nested
              git -C nested add -A
              git -C nested commit -qm nested
              write nested txt bytes nested ;;
            submodule)
              [ -e deps/library/.git ] || continue
              write deps/library bin bytes submodule
              write deps/library txt crlf submodule
              git -C deps/library add -A
              git -C deps/library commit -qm library
              git -C deps/library push -q origin "HEAD:refs/heads/by-$(git -C deps/library rev-parse HEAD)"
              write deps/library txt mixed submodule ;;
            commit)
              mkdir -p src
              git add src
              git diff --cached --quiet || git commit -qm work ;;
            lost)
              write src bin bytes lost
              git add "$file"
              git commit -qm lost -- "$file"
              git reset -q --keep HEAD~1 ;;
            detach) git checkout -q --detach ;;
            sleep:*) sleep "${deed#sleep:}" ;;
            *) echo "unknown deed $deed" >&2; exit 2 ;;
          esac
        done
        echo "written"
        """;

    private static readonly string[] Deeds = ["crlf", "mixed", "binary", "raw", "ignored", "shared", "nested", "submodule", "commit", "lost", "detach"];

    /// <summary>Makes the worker type, with its script in the folder.</summary>
    public static JsonObject TypeIn(string folder, string journal)
    {
        string script = Path.Combine(folder, "scribe.sh");
        File.WriteAllText(script, Script);
        return new() { ["name"] = Type, ["agent"] = "command", ["permission"] = "full", ["command_template"] = new JsonArray("/bin/sh", script, journal) };
    }

    /// <summary>A prompt by chance: two to six different deeds, and time between them in which somebody may be killed.</summary>
    public static string NextPrompt(Random random)
    {
        string[] shuffled = [.. Deeds];
        random.Shuffle(shuffled);
        return string.Join(' ', shuffled.Take(2 + random.Next(5)).SelectMany(deed => (string[])(random.Next(4) == 0 ? [$"sleep:0.{random.Next(1, 4)}", deed] : [deed])));
    }
}
