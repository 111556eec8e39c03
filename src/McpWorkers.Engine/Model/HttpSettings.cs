namespace McpWorkers.Engine.Model;

/// <summary>The door for remote MCP hosts and programs.</summary>
public sealed record HttpSettings
{
    public bool Enabled { get; init; }

    /// <summary>An IP address, or <c>localhost</c>.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>0–65535; 0 for any free one.</summary>
    public int Port { get; init; } = 7433;

    /// <summary>Names that the Host header may carry beside those of loopback.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Origins that may call beside those of loopback, such as <c>https://app.example.org</c>.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    public bool TokenOnLoopback { get; init; } = true;

    /// <summary>Path of a PEM or .pfx file; null for no TLS.</summary>
    public string? Certificate { get; init; }

    /// <summary>Path of the PEM file with the key, where it is a file of its own.</summary>
    public string? CertificateKey { get; init; }

    public long RequestBytesMax { get; init; } = 16 * 1024 * 1024;

    public int SessionsMax { get; init; } = 200;

    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromMinutes(30);
}
