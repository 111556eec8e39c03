using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>An image's name as an engine's paths and queries take it.</summary>
/// <param name="Name">With its digest where it has one.</param>
/// <param name="Tag">Null beside a digest.</param>
internal sealed partial record ImageReference(string Name, string? Tag)
{
    /// <exception cref="EngineException">It is no image's name.</exception>
    public static ImageReference Parse(string image)
    {
        // It becomes a part of a path: dots could lead to another call of the API.
        if (!Form().IsMatch(image) || image.Contains("..", StringComparison.Ordinal) || image.Contains("//", StringComparison.Ordinal))
        {
            throw new EngineException(EngineFault.Refused, $"'{image}' is no name of an image, such as node:22 or ghcr.io/owner/image:1.");
        }

        int colon = image.LastIndexOf(':');
        return image.Contains('@', StringComparison.Ordinal) ? new(image, null)
            : colon > image.LastIndexOf('/') ? new(image[..colon], image[(colon + 1)..])
            // Without a tag Docker would fetch every image of that name.
            : new(image, "latest");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,511}\z", RegexOptions.None, 1000)]
    private static partial Regex Form();
}
