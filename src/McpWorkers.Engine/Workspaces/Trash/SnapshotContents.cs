using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>One file of a snapshot's tree.</summary>
/// <param name="Path">Raw, as in the tree.</param>
/// <param name="Mode">Git's: 100644, 100755, 120000.</param>
internal sealed record SnapshotFile(string Path, string Mode, string ObjectId, long Size)
{
    public bool IsLink => Mode == "120000";
}

/// <summary>Reads what a snapshot holds, as raw bytes.</summary>
internal static class SnapshotContents
{
    /// <exception cref="GitException">It cannot be read.</exception>
    public static async Task<IReadOnlyList<SnapshotFile>> FilesAsync(GitRepository repository, string commit, CancellationToken cancellationToken)
    {
        var listed = await repository.RunAsync(["ls-tree", "-r", "-z", "-l", "--full-tree", commit], cancellationToken);
        return [.. RawName.Fields(listed.Bytes).Select(Parse)];
    }

    /// <summary>Reads files one after the other, in the order given.</summary>
    /// <param name="take">Gets the content, and need not read it to its end.</param>
    /// <exception cref="GitException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">Something in it is missing.</exception>
    public static async Task ReadAsync(
        GitRepository repository, IReadOnlyList<SnapshotFile> files, Func<SnapshotFile, Stream, Task> take, CancellationToken cancellationToken)
    {
        if (files.Count == 0)
        {
            return;
        }

        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, useSynchronizationContext: false));
        // Elsewhere: it waits for what the command below has yet to write.
        var reading = Task.Run(() => ParseAsync(pipe.Reader, files, take, cancellationToken), CancellationToken.None);
        byte[] names = Encoding.ASCII.GetBytes(string.Concat(files.Select(file => file.ObjectId + "\n")));
        try
        {
            await using var output = pipe.Writer.AsStream(leaveOpen: true);
            await repository.StreamAsync(["cat-file", "--batch", "--buffer"], names, output, cancellationToken);
            await pipe.Writer.CompleteAsync();
        }
        catch (Exception e)
        {
            await pipe.Writer.CompleteAsync(e);
            await reading.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }

        await reading;
    }

    public static async Task<byte[]> ReadOneAsync(GitRepository repository, string commit, string path, CancellationToken cancellationToken) =>
        (await repository.RunAsync(["cat-file", "blob", $"{commit}:{path}"], cancellationToken)).Bytes.ToArray();

    private static async Task ParseAsync(PipeReader reader, IReadOnlyList<SnapshotFile> files, Func<SnapshotFile, Stream, Task> take, CancellationToken cancellationToken)
    {
        Exception? fault = null;
        try
        {
            await using var input = new BufferedStream(reader.AsStream(leaveOpen: true), 1 << 16);
            foreach (var file in files)
            {
                string[] head = Line(input).Split(' ');
                if (head is not [_, "blob", var size])
                {
                    throw new InvalidDataException($"The snapshot lacks '{RawName.ToText(file.Path)}': git says '{string.Join(' ', head)}'.");
                }

                await using var content = new PartStream(input, long.Parse(size, CultureInfo.InvariantCulture));
                await take(file, content);
                await content.CopyToAsync(Stream.Null, cancellationToken);
                Line(input);
            }
        }
        catch (Exception e)
        {
            fault = e;
            throw;
        }
        finally
        {
            await reader.CompleteAsync(fault);
        }
    }

    private static string Line(Stream input)
    {
        var line = new StringBuilder();
        while (input.ReadByte() is >= 0 and var next && next != '\n')
        {
            line.Append((char)next);
        }

        return line.ToString();
    }

    /// <summary><c>MODE blob ID SIZE⇥PATH</c>, the size padded with blanks.</summary>
    private static SnapshotFile Parse(string line)
    {
        int tab = line.IndexOf('\t', StringComparison.Ordinal);
        string[] facts = line[..tab].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new(line[(tab + 1)..], facts[0], facts[2], facts[3] == "-" ? 0 : long.Parse(facts[3], CultureInfo.InvariantCulture));
    }
}
