using System.Text;
using McpWorkers.Cli.Workspaces;
using Xunit;

namespace McpWorkers.Tests.Cli.Workspaces;

public sealed class PatchTextTests
{
    private const string Patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\u001b[2J\n+new é\u202e\n context\n\\ No newline";

    [Fact]
    public async Task A_terminal_gets_control_characters_as_text() => Assert.Equal(
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\\e[2J\n+new é\\u202e\n context\n\\ No newline\n",
        await ShownAsync(Encoding.UTF8.GetBytes(Patch), 1000, colours: false));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Pieces_may_end_anywhere(int length) => Assert.Equal(
        await ShownAsync(Encoding.UTF8.GetBytes(Patch), 1000, colours: true),
        await ShownAsync(Encoding.UTF8.GetBytes(Patch), length, colours: true));

    [Fact]
    public async Task Changes_are_coloured_by_their_kind()
    {
        string shown = await ShownAsync(Encoding.UTF8.GetBytes(Patch), 1000, colours: true);

        Assert.Contains("\u001b[31m-old\\e[2J\u001b[0m\n", shown, StringComparison.Ordinal);
        Assert.Contains("\u001b[32m+new é\\u202e\u001b[0m\n", shown, StringComparison.Ordinal);
        Assert.Contains("\u001b[36m@@ -1 +1 @@\u001b[0m\n", shown, StringComparison.Ordinal);
        Assert.Contains("\u001b[1m+++ b/x\u001b[0m\n", shown, StringComparison.Ordinal);
        Assert.Contains("\n context\n", shown, StringComparison.Ordinal);
    }

    private static async Task<string> ShownAsync(byte[] patch, int length, bool colours)
    {
        var output = new StringWriter { NewLine = "\n" };
        var text = new PatchText(output, colours);
        for (int at = 0; at < patch.Length; at += length)
        {
            await text.WriteAsync(patch.AsMemory(at, Math.Min(length, patch.Length - at)));
        }

        await text.EndAsync();
        return output.ToString();
    }
}
