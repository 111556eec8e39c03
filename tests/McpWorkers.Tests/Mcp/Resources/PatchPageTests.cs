using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Resources;
using Xunit;

namespace McpWorkers.Tests.Mcp.Resources;

/// <summary>A patch in pages: whole, byte for byte, and never of two patches.</summary>
public sealed class PatchPageTests
{
    [Theory]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(1026)]
    [InlineData(1027)]
    [InlineData(100_000)]
    public async Task Pages_together_are_the_patch(int length)
    {
        // Characters of one to four bytes, so that page ends fall into each.
        byte[] patch = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a€é👩+\n", 700)));

        var (bytes, texts) = await AllAsync(patch, length);

        Assert.Equal(patch, bytes);
        Assert.All(texts, text => Assert.NotNull(text));
        Assert.Equal(Encoding.UTF8.GetString(patch), string.Concat(texts));
    }

    [Fact]
    public async Task What_is_no_text_is_whole_all_the_same()
    {
        byte[] patch = [.. Enumerable.Range(0, 9000).Select(i => (byte)(i % 7 == 0 ? 0xE4 : 0x80 + (i % 64)))];

        var (bytes, texts) = await AllAsync(patch, 1024);

        Assert.Equal(patch, bytes);
        Assert.Contains(null, texts);
    }

    [Fact]
    public async Task An_empty_patch_is_one_empty_page()
    {
        var page = await ReadAsync([], 0, 1024);

        Assert.Equal(("", null, 0L), (page.Text, page.NextCursor, page.TotalLength));
    }

    [Fact]
    public async Task A_page_of_a_patch_that_changed_is_refused()
    {
        byte[] patch = Encoding.UTF8.GetBytes(new string('x', 3000));
        var first = await ReadAsync(patch, 0, 1024);
        patch[2999] = (byte)'y';

        var refused = await Assert.ThrowsAsync<RefusedException>(() => ReadAsync(patch, first.NextCursor!.Value, 1024, first.Digest));

        Assert.Contains("again from cursor 0", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(long.MaxValue)]
    public async Task A_cursor_beyond_the_end_is_refused(long cursor)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => ReadAsync("0123456789"u8.ToArray(), cursor, 1024));

        Assert.Contains($"The cursor {cursor} is beyond the patch's end, which is at 10.", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mcpworkers://workers/term_1/diff", 0, 0, "")]
    [InlineData("mcpworkers://workers/term_1/diff?cursor=7&bytes=1024&digest=0a", 7, 1024, "0a")]
    public void Its_address_is_read(string uri, long cursor, int bytes, string digest)
    {
        Assert.True(ResourceAddress.TryParse(uri, out var address));
        Assert.Equal(new ResourceAddress(ResourceKind.Diff, "term_1", cursor, Bytes: bytes, Digest: digest), address);
    }

    [Theory]
    [InlineData("mcpworkers://workers/term_1/diff?cursor=-1")]
    [InlineData("mcpworkers://workers/term_1/diff?bytes=1023")]
    [InlineData("mcpworkers://workers/term_1/diff?bytes=4194305")]
    [InlineData("mcpworkers://workers/term_1/diff?digest=")]
    [InlineData("mcpworkers://workers/term_1/diff?digest=XY")]
    [InlineData("mcpworkers://workers/term_1/diff?lines=3")]
    [InlineData("mcpworkers://workers/term_1/changes?cursor=1")]
    [InlineData("mcpworkers://workers/term_1/changes?digest=0a")]
    [InlineData("mcpworkers://workers/term_1/diff/more")]
    [InlineData("mcpworkers://workers/../diff")]
    [InlineData("mcpworkers://workers//diff")]
    public void What_is_no_address_is_none(string uri) => Assert.False(ResourceAddress.TryParse(uri, out _));

    private static async Task<(byte[] Bytes, List<string?> Texts)> AllAsync(byte[] patch, int length)
    {
        var bytes = new List<byte>();
        var texts = new List<string?>();
        string digest = "";
        for (long? cursor = 0; cursor is { } at;)
        {
            var page = await ReadAsync(patch, at, length, digest);
            Assert.Equal((at, patch.Length), (page.Cursor, page.TotalLength));
            Assert.InRange(page.Bytes.Length, 1, length);
            bytes.AddRange(page.Bytes.Span);
            texts.Add(page.Text);
            (cursor, digest) = (page.NextCursor, page.Digest);
        }

        return ([.. bytes], texts);
    }

    private static Task<PatchPage> ReadAsync(byte[] patch, long cursor, int length, string digest = "") => PatchPage.ReadAsync(cursor, length, digest, async stream =>
    {
        for (int at = 0; at < patch.Length; at += 777)
        {
            await stream.WriteAsync(patch.AsMemory(at, Math.Min(777, patch.Length - at)), TestContext.Current.CancellationToken);
        }
    });
}
