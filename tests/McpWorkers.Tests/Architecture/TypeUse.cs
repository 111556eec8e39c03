namespace McpWorkers.Tests.Architecture;

/// <summary>One type uses another, in a signature or in code.</summary>
/// <param name="From">Full name of the outermost type.</param>
/// <param name="To">Full name of the outermost type; <see cref="NativeCode"/> for a call out of .NET.</param>
internal sealed record TypeUse(string From, string To)
{
    public const string NativeCode = "(native code)";
}
