using McpWorkers.Engine.Workspaces.Files;

namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>A path as git has it: bytes, which need not be UTF-8 (see <see cref="RawName"/>).</summary>
internal readonly record struct GitPath(string Raw)
{
    /// <summary>For people, and for file systems as far as the bytes are UTF-8.</summary>
    public string Text => RawName.ToText(Raw);

    public override string ToString() => Text;
}
