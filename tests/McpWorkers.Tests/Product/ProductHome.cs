using System.Collections;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpWorkers.Tests.Product;

/// <summary>
/// A machine of its own for one test: home, data directory, settings and working directory in a temporary folder, and the environment
/// in which the product is started.
/// </summary>
internal sealed class ProductHome : IDisposable
{
    // YAML is a superset of JSON, but for escapes that JSON writers like to make.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    private readonly Dictionary<string, string> _environment;

    public ProductHome()
    {
        Root = Directory.CreateDirectory(Path.Combine(Base, $"product-{Guid.NewGuid():N}")).FullName;
        foreach (string directory in new[] { Home, Work, Config, State, Temporary })
        {
            Directory.CreateDirectory(directory);
        }

        _environment = MakeEnvironment();
        WriteHostSettings([]);
    }

    public string Root { get; }

    public string Home => Path.Combine(Root, "home");

    /// <summary>Where the workers work.</summary>
    public string Work => Path.Combine(Root, "work");

    /// <summary>The directory for <c>--config</c>.</summary>
    public string Config => Path.Combine(Root, "settings");

    public string State => Path.Combine(Root, "state");

    public string Data => Path.Combine(State, "mcpworkers");

    /// <summary>The whole environment of the product: nothing of the tests' own but where programs are found.</summary>
    public IReadOnlyDictionary<string, string> Environment => _environment;

    /// <summary>Not /tmp: gemini takes no settings from below a directory that others may write to. test.sh sets the variable.</summary>
    private static string Base => System.Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } temporary
        ? temporary
        : Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".cache", "mcpworkers-tests");

    private string Temporary => Path.Combine(Root, "tmp");

    /// <summary>Sets a variable for what is started from now on.</summary>
    public void Set(string variable, string value) => _environment[variable] = value;

    public void WriteHostSettings(JsonObject settings) => Write("mcpworkers.yaml", settings);

    public void WriteWorkerTypes(params JsonObject[] types) => Write("ecosystem.yaml", new() { ["workers"] = new JsonArray([.. types]) });

    /// <param name="roles">As in <c>ecosystem.yaml</c>; those of the product stay but for what is said here.</param>
    public void WriteEcosystem(IEnumerable<JsonObject> types, IEnumerable<JsonObject> roles) =>
        Write("ecosystem.yaml", new() { ["workers"] = new JsonArray([.. types]), ["roles"] = new JsonArray([.. roles]) });

    /// <summary>The run directories of all hosts that had this data directory.</summary>
    public IReadOnlyList<string> RunDirectories() =>
        Directory.Exists(Data) ? [.. Directory.EnumerateDirectories(Data, "run_*", SearchOption.AllDirectories)] : [];

    /// <summary>What the agents of all runs have written until now.</summary>
    public string Output() => string.Concat(RunDirectories().Select(run => Path.Combine(run, "stdout.ndjson")).Where(File.Exists).Select(File.ReadAllText));

    public void Dispose()
    {
        ProductDaemon.End(this);
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // An agent's last cache file may still be written; the folder lies in the run's temporary directory, which goes as a whole.
        }
    }

    private Dictionary<string, string> MakeEnvironment()
    {
        var variables = new Dictionary<string, string>
        {
            ["PATH"] = Path.GetDirectoryName(ProductPaths.Node) + Path.PathSeparator + System.Environment.GetEnvironmentVariable("PATH"),
            ["HOME"] = Home,
            ["XDG_STATE_HOME"] = State,
            ["XDG_CONFIG_HOME"] = Path.Combine(Home, ".config"),
            ["XDG_CACHE_HOME"] = Path.Combine(Home, ".cache"),
            ["XDG_DATA_HOME"] = Path.Combine(Home, ".local", "share"),
            ["TMPDIR"] = Temporary,
            ["LANG"] = "C.UTF-8",
            ["TERM"] = "dumb",
            ["NO_PROXY"] = "127.0.0.1,localhost",
            ["no_proxy"] = "127.0.0.1,localhost",
        };
        foreach (DictionaryEntry inherited in System.Environment.GetEnvironmentVariables())
        {
            string name = (string)inherited.Key;
            if (name.StartsWith("DOTNET_", StringComparison.Ordinal) || name is "USER" or "LOGNAME" or "SystemRoot")
            {
                variables[name] = (string)inherited.Value!;
            }
        }

        return variables;
    }

    private void Write(string name, JsonObject content) => File.WriteAllText(Path.Combine(Config, name), content.ToJsonString(Readable));
}
