using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Resources;
using Xunit;

namespace McpWorkers.Tests.Mcp.Resources;

/// <summary>A long patch is made twice at most, however many its pages are.</summary>
public sealed class KeptPatchTests
{
    private readonly KeptPatch _kept = new();
    private byte[] _patch = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a€é👩+\n", 7_000)));
    private int _made;

    [Fact]
    public async Task It_is_read_from_what_is_kept()
    {
        var bytes = new List<byte>();
        var address = new ResourceAddress(ResourceKind.Diff, "term_1");
        for (PatchPage? page = null; page is null || page.NextCursor is not null;)
        {
            page = await ReadAsync(address);
            bytes.AddRange(page.Bytes.Span);
            address = address with { Cursor = page.NextCursor ?? 0, Digest = page.Digest };
        }

        Assert.Equal(_patch, bytes);
        Assert.Equal(2, _made);
    }

    [Fact]
    public async Task What_changed_after_it_was_kept_is_not_mixed_in()
    {
        var first = await ReadAsync(new(ResourceKind.Diff, "term_1"));
        var second = await ReadAsync(new(ResourceKind.Diff, "term_1", first.NextCursor!.Value, Digest: first.Digest));
        byte[] before = _patch;
        _patch = Encoding.UTF8.GetBytes(new string('x', before.Length));

        var third = await ReadAsync(new(ResourceKind.Diff, "term_1", second.NextCursor!.Value, Digest: first.Digest));
        await Assert.ThrowsAsync<RefusedException>(() => ReadAsync(new(ResourceKind.Diff, "term_2", 1024, Digest: first.Digest)));
        var beyond = await Assert.ThrowsAsync<RefusedException>(() => ReadAsync(new(ResourceKind.Diff, "term_1", long.MaxValue, Digest: first.Digest)));

        Assert.Equal(before[(int)third.Cursor..(int)third.NextCursor!.Value], third.Bytes.ToArray());
        Assert.Contains("beyond the patch's end", beyond.Message, StringComparison.Ordinal);
        Assert.Equal((byte)'x', (await ReadAsync(new(ResourceKind.Diff, "term_1"))).Bytes.Span[0]);
    }

    private Task<PatchPage> ReadAsync(ResourceAddress address) => _kept.ReadAsync(address, 1024, async stream =>
    {
        _made++;
        await stream.WriteAsync(_patch, TestContext.Current.CancellationToken);
    });
}
