using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>Reads what <c>git diff-tree --raw --numstat -z</c> writes (git-diff(1), RAW OUTPUT FORMAT, OTHER DIFF FORMATS).</summary>
internal static class DiffRecords
{
    /// <param name="fields">The parts that a NUL ends: first all raw records, then all counts.</param>
    /// <exception cref="GitException">It is not what git is known to write.</exception>
    public static IReadOnlyList<ChangedFile> Parse(IReadOnlyList<string> fields)
    {
        var files = new List<ChangedFile>();
        var counts = new Dictionary<string, (int? Added, int? Deleted)>();
        int at = 0;
        while (at < fields.Count)
        {
            string field = fields[at++];
            if (field.StartsWith(':'))
            {
                // :<mode> <mode> <object> <object> <letter and score>
                char letter = field.Split(' ')[4][0];
                string path = Next();
                files.Add(letter is 'R' or 'C'
                    ? new(Next(), letter == 'R' ? "renamed" : "copied", path)
                    : new(path, StatusOf(letter)));
            }
            else
            {
                string[] parts = field.Split('\t', 3);
                string path = parts[2];
                if (path.Length == 0)
                {
                    // Of a rename or copy: the old path, then the new one.
                    _ = Next();
                    path = Next();
                }

                counts[path] = (Count(parts[0]), Count(parts[1]));
            }
        }

        return [.. files
            .Select(file => counts.TryGetValue(file.Path, out var count) ? file with { Added = count.Added, Deleted = count.Deleted } : file)
            .OrderBy(file => file.Path, StringComparer.Ordinal)];

        string Next() => at < fields.Count ? fields[at++] : throw new GitException("git diff-tree wrote a record without a path.");
    }

    private static int? Count(string text) => int.TryParse(text, out int count) ? count : null;

    private static string StatusOf(char letter) => letter switch
    {
        'A' => "added",
        'D' => "deleted",
        'T' => "type_changed",
        _ => "modified",
    };
}
