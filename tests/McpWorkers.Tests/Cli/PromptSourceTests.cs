using McpWorkers.Cli;
using McpWorkers.Cli.Execute;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Cli;

public sealed class PromptSourceTests
{
    [Fact]
    public async Task An_input_that_never_ends_is_left_alone_when_the_prompt_is_given() =>
        Assert.Equal("x", await PromptSource.ReadAsync("x", null, With(new EndlessReader(), redirected: true), TestContext.Current.CancellationToken));

    [Theory]
    [InlineData(null)]
    [InlineData("-")]
    public async Task A_pipe_gives_the_prompt(string? prompt) =>
        Assert.Equal("from the pipe\n", await PromptSource.ReadAsync(
            prompt, null, With(new StringReader("from the pipe\n"), redirected: true), TestContext.Current.CancellationToken));

    [Fact]
    public async Task A_file_gives_the_prompt()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "\ufefffrom ünï file", TestContext.Current.CancellationToken);
            Assert.Equal("from ünï file", await PromptSource.ReadAsync(
                null, Path.GetFileName(path), With(new EndlessReader(), redirected: true), TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(null, "the prompt is empty: Standard input has no text. Give it with -p \"…\", with --prompt-file FILE, or through a pipe.")]
    [InlineData("/no/such/file", "--prompt-file /no/such/file: cannot be read: Could not find a part of the path '/no/such/file'.")]
    public async Task What_is_missing_is_named(string? file, string message)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() =>
            PromptSource.ReadAsync(null, file, With(new StringReader(""), redirected: true), TestContext.Current.CancellationToken));
        Assert.Equal(message, refused.Message);
    }

    [Fact]
    public async Task A_file_that_is_no_text_is_refused()
    {
        string directory = Directory.CreateTempSubdirectory("prompt-").FullName;
        try
        {
            string binary = Path.Combine(directory, "binary");
            await File.WriteAllBytesAsync(binary, [0x89, 0x50, 0xFF, 0x00], TestContext.Current.CancellationToken);

            Assert.Equal($"--prompt-file {binary}: is no UTF-8 text.", (await RefusedAsync(binary)).Message);
            Assert.Equal($"--prompt-file {directory}: is a directory. Name a text file.", (await RefusedAsync(directory)).Message);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        static Task<RefusedException> RefusedAsync(string path) => Assert.ThrowsAsync<RefusedException>(() =>
            PromptSource.ReadAsync(null, path, With(new EndlessReader(), redirected: true), TestContext.Current.CancellationToken));
    }

    private static CliEnvironment With(TextReader input, bool redirected) => new()
    {
        Out = TextWriter.Null,
        Error = TextWriter.Null,
        In = input,
        InIsRedirected = redirected,
        WorkingDirectory = Path.GetTempPath(),
        Engine = (_, _) => throw new InvalidOperationException(),
        Door = _ => throw new InvalidOperationException(),
        OutBytes = () => Stream.Null,
        Mcp = (_, _, _) => throw new InvalidOperationException(),
        Settings = _ => throw new InvalidOperationException(),
        Doctor = (_, _) => throw new InvalidOperationException(),
    };

    private sealed class EndlessReader : TextReader
    {
        public override Task<string> ReadToEndAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("was read");
    }
}
