using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Workers.Containers;

/// <summary>The syntax of image references: https://pkg.go.dev/github.com/distribution/reference.</summary>
internal static partial class ImageName
{
    private const int LengthMax = 255;

    public static bool IsPlausible(string name) => name.Length <= LengthMax && Pattern().IsMatch(name);

    // [host[:port]/]path[:tag][@digest]; an id, sha256:…, too.
    [GeneratedRegex(@"\A(sha256:[0-9a-f]{12,64}|([a-zA-Z0-9.-]+(:[0-9]{1,5})?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@[a-z0-9+.-]+:[0-9a-fA-F]{32,})?)\z")]
    private static partial Regex Pattern();
}
