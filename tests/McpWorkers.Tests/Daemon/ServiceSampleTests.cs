using System.Text.Json;
using System.Xml.Linq;
using McpWorkers.Cli;
using Xunit;

namespace McpWorkers.Tests.Daemon;

/// <summary>The service files start what there is to start.</summary>
public sealed class ServiceSampleTests
{
    private static readonly string Folder = Path.Combine(RepositoryFiles.Root, "samples", "service");

    [Fact]
    public void Systemd_ends_the_daemon_alone_and_starts_a_command_that_exists()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder, "mcpworkers.service"));

        Assert.Contains("KillMode=process", lines);
        AssertCommand(Assert.Single(lines, line => line.StartsWith("ExecStart=", StringComparison.Ordinal)).Split(' ')[1..]);
    }

    [Fact]
    public void Launchd_ends_the_daemon_alone_and_starts_a_command_that_exists()
    {
        var elements = XDocument.Load(Path.Combine(Folder, "dev.mcpworkers.daemon.plist")).Root!.Element("dict")!.Elements().ToList();

        Assert.Equal("true", After("AbandonProcessGroup").Name.LocalName);
        AssertCommand([.. After("ProgramArguments").Elements().Skip(1).Select(word => word.Value)]);

        XElement After(string key) => elements[elements.FindIndex(element => element.Value == key) + 1];
    }

    [Fact]
    public void Container_starts_commands_that_exist()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder, "Containerfile"));

        AssertCommand(ListOf("CMD ["));
        AssertCommand(ListOf("HEALTHCHECK")[1..]);

        string[] ListOf(string start)
        {
            string line = Assert.Single(lines, line => line.StartsWith(start, StringComparison.Ordinal));
            return JsonSerializer.Deserialize<string[]>(line[line.IndexOf('[', StringComparison.Ordinal)..])!;
        }
    }

    private static void AssertCommand(string[] words)
    {
        var environment = new CliEnvironment
        {
            Out = TextWriter.Null,
            Error = TextWriter.Null,
            In = TextReader.Null,
            WorkingDirectory = "/",
            Engine = (_, _) => throw new InvalidOperationException(),
            Door = _ => throw new InvalidOperationException(),
            Settings = _ => throw new InvalidOperationException(),
            Doctor = (_, _) => throw new InvalidOperationException(),
            OutBytes = () => Stream.Null,
        Mcp = (_, _, _) => throw new InvalidOperationException(),
        };
        Assert.Empty(CommandTree.Build(environment, new CommonOptions(environment)).Parse(words).Errors);
    }
}
